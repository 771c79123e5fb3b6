"""Branches and people from CSV: all or none, twice is once."""

import re

import pytest
from django.core.management import CommandError, call_command

from crm.staff.models import Branch, User
from tests.cast import PASSWORD

BRANCHES = """code,name,kind,parent,phone
0201,滨江支行营业部,outlet,0200,
0000,天华银行总行,head_office,,
0300,新城支行,sub_branch,0000,010-6100
0301,新城支行营业部,outlet,0300,
"""
CHINESE = "机构号,机构名称,机构类型,上级机构号\r\n0401,湖滨支行营业部,网点,0400\r\n0400,湖滨支行,支行,0000\r\n"
PEOPLE = """employee_number,username,name,branch,roles,active
TH7001,wang.min,王敏,0101,teller,yes
TH7002,li.qiang,李强,0102,manager;lobby,yes
"""


@pytest.fixture
def load(tmp_path, capsys):
    def run(command, text, *args, encoding="utf-8"):
        file = tmp_path / "file.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        call_command(command, str(file), *args)
        return capsys.readouterr().out

    return run


def test_branches_load_in_any_order_and_twice(bank, load):
    assert "added 2, changed 0, unchanged 2" in load("load_branches", BRANCHES)
    assert Branch.objects.get(code="0301").path == "/0000/0300/0301/"
    assert Branch.objects.get(code="0300").phone == "010-6100"
    histories = Branch.history.count()
    assert "added 0, changed 0, unchanged 4" in load("load_branches", BRANCHES)
    assert Branch.history.count() == histories


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_heads_and_encodings_are_read(bank, load, encoding):
    load("load_branches", CHINESE, encoding=encoding)
    branch = Branch.objects.get(code="0401")
    assert (branch.name, branch.kind, branch.path) == ("湖滨支行营业部", "outlet", "/0000/0400/0401/")


def test_a_branch_is_renamed_and_moved_with_all_below(bank, load):
    assert "changed 1" in load("load_branches", "code,name,kind,parent\n0100,城东中心支行,sub_branch,0200\n")
    assert Branch.objects.get(code="0101").path == "/0000/0200/0100/0101/"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("0500,,outlet,0000", "row 3, name"),
        ("0500,x,castle,0000", "row 3, kind"),
        ("0500,x,outlet,9999", "row 3, parent"),
        ("0500,x,outlet,", "row 3"),
        ("05/0,x,outlet,0000", "row 3, code"),
        ("0500,a,outlet,0501\n0501,b,outlet,0500", "row 3, parent"),
        ("0500,a,outlet,0000\n0500,b,outlet,0000", "row 4, code"),
        ("0100,a,sub_branch,0101", "row 3, parent"),
        ('0500,"a,outlet,0000', "row 3"),
    ],
)
def test_a_fault_is_told_with_its_row_and_nothing_is_loaded(bank, load, settings, rows, told):
    settings.LANGUAGE_CODE = "en"
    before = list(Branch.objects.order_by("pk").values())
    with pytest.raises(CommandError, match=told):
        load("load_branches", f"code,name,kind,parent\n0600,good,outlet,0000\n{rows}\n")
    assert list(Branch.objects.order_by("pk").values()) == before


def test_people_load_with_roles_and_initial_passwords_once(cast, load, client):
    printed = load("load_people", PEOPLE, "--by", "admin")
    assert "added 2" in printed
    wang, li = User.objects.get(username="wang.min"), User.objects.get(username="li.qiang")
    assert (wang.roles, li.roles) == (["teller"], ["lobby", "manager"])
    password = re.search(r"TH7001\twang.min\t(\S+)", printed)[1]
    assert wang.check_password(password)
    assert wang.must_change_password
    assert wang.role_grants.get().granted_by.username == "admin"
    again = load("load_people", PEOPLE)
    assert "added 0, changed 0, unchanged 2" in again
    assert "TH7001" not in again
    wang.refresh_from_db()
    assert wang.check_password(password)


def test_a_person_is_moved_renamed_disabled_and_enabled(cast, load, client_of, teller):
    browser = client_of(teller)
    head = "工号,用户名,姓名,机构号,角色,在职\n"
    number = teller.employee_number
    assert "changed 1" in load("load_people", f"{head}{number},teller,何静,0102,柜员、大堂经理,是\n")
    teller = User.objects.get(pk=teller.pk)
    assert (teller.branch.code, teller.roles, teller.is_active) == ("0102", ["lobby", "teller"], True)
    assert browser.get("/absences/").status_code == 302
    assert teller.check_password(PASSWORD)
    load("load_people", f"{head}{number},teller,何静,0102,,否\n")
    teller = User.objects.get(pk=teller.pk)
    assert (teller.is_active, teller.roles) == (False, ["lobby", "teller"])
    load("load_people", f"{head}{number},teller,何静,0102,柜员,是\n")
    teller = User.objects.get(pk=teller.pk)
    assert (teller.is_active, teller.roles) == (True, ["teller"])


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("TH8001,x,某人,9999,teller,yes", "row 3, branch"),
        ("TH8001,x,某人,0101,wizard,yes", "row 3, roles"),
        ("TH8001,teller,某人,0101,teller,yes", "row 3, username"),
        ("TH8001,TH-TELLER,某人,0101,teller,yes", "row 3, username"),
        ("TH8001,x,某人,0101,teller,maybe", "row 3, active"),
        ("TH8001,,某人,0101,teller,yes", "row 3, username"),
        (f"TH8001,x,{'长' * 61},0101,teller,yes", "row 3, name"),
        ("TH8000,x,某人,0101,teller,yes", "row 3, employee_number"),
        ("TH8001,x,\0,0101,teller,yes", "row 3"),
    ],
)
def test_a_faulty_person_stops_the_whole_file(cast, load, settings, row, told):
    settings.LANGUAGE_CODE = "en"
    good = "TH8000,good.one,好人,0101,teller,yes"
    with pytest.raises(CommandError, match=told):
        load("load_people", f"employee_number,username,name,branch,roles,active\n{good}\n{row}\n")
    assert not User.objects.filter(employee_number__startswith="TH80").exists()


@pytest.mark.parametrize("text", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"\x81\x00\xff,\n"])
def test_a_file_that_is_none_is_told(cast, load, text):
    with pytest.raises(CommandError):
        load("load_people", text)


def test_a_missing_file_is_told(db):
    with pytest.raises(CommandError):
        call_command("load_people", "/nowhere/people.csv")


def test_nobody_gives_themselves_a_role_by_file(cast, load, admin):
    row = f"{admin.employee_number},admin,石磊,0000,admin;headoffice,yes"
    with pytest.raises(CommandError):
        load("load_people", f"employee_number,username,name,branch,roles,active\n{row}\n", "--by", "admin")
    assert User.objects.get(pk=admin.pk).roles == ["admin"]
