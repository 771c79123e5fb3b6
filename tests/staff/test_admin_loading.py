"""Branches and people loaded from CSV on a page of the administration."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from crm.privacy.models import AccessEvent
from crm.staff.admin_loading import MOST_BYTES
from crm.staff.models import Branch, User

BRANCHES, PEOPLE = "/admin/staff/branch/load/", "/admin/staff/user/load/"
NEW_PEOPLE = "工号,用户名,姓名,机构号,角色\nTH7001,wang.min,王敏,0101,柜员\nTH7002,li.qiang,李强,0102,客户经理\n"


@pytest.fixture
def office(client_of, admin):
    browser = client_of(admin)
    browser.post("/language/", {"language": "en"})
    return browser


def load(browser, page, text, name="file.csv"):
    body = text if isinstance(text, bytes) else text.encode()
    return browser.post(page, {"file": SimpleUploadedFile(name, body)})


@pytest.mark.parametrize("page", [BRANCHES, PEOPLE])
def test_the_list_leads_to_the_page(office, page):
    assert page in office.get(page.removesuffix("load/")).content.decode()
    assert office.get(page).status_code == 200


@pytest.mark.parametrize("page", [BRANCHES, PEOPLE])
@pytest.mark.parametrize("name", ["headoffice", "auditor", "teller"])
def test_nobody_else_loads(client_of, cast, page, name):
    browser, before = client_of(cast[name]), (User.objects.count(), Branch.objects.count())
    assert browser.get(page, follow=True).status_code == 403
    assert load(browser, page, NEW_PEOPLE).status_code in (302, 403)
    assert (User.objects.count(), Branch.objects.count()) == before


@pytest.mark.parametrize("right", ["has_add_permission", "has_change_permission"])
def test_loading_needs_both_rights(office, bank, monkeypatch, right):
    monkeypatch.setattr(f"crm.staff.admin.BranchAdmin.{right}", lambda *args: False)
    assert office.get(BRANCHES).status_code == 403
    assert load(office, BRANCHES, "code,name,kind,parent\n0300,新城支行,sub_branch,0000\n").status_code == 403
    assert BRANCHES not in office.get("/admin/staff/branch/").content.decode()
    assert not Branch.objects.filter(code="0300").exists()


def test_branches_load_and_the_history_names_the_administrator(office, admin, bank):
    text = "code,name,kind,parent\n0300,新城支行,sub_branch,0000\n0301,新城支行营业部,outlet,0300\n"
    assert "Added 2, changed 0, unchanged 0." in load(office, BRANCHES, text).content.decode()
    assert "Added 0, changed 0, unchanged 2." in load(office, BRANCHES, text).content.decode()
    assert Branch.objects.get(code="0301").history.get().history_user == admin


def test_people_load_with_passwords_shown_once(office, admin, bank):
    answer = load(office, PEOPLE, NEW_PEOPLE)
    page = answer.content.decode()
    assert "Added 2, changed 0, unchanged 0." in page
    for user, password in answer.context["outcome"].passwords:
        assert f"<code>{password}</code>" in page
        assert Client().post("/sign-in/", {"username": user.username, "password": password}).status_code == 302
        assert user.role_grants.get().granted_by == admin
        given = AccessEvent.objects.get(action="role", object_id=user.pk, fields="initial password given")
        assert given.actor == admin
    assert "no-store" in answer["Cache-Control"]
    again = load(office, PEOPLE, NEW_PEOPLE)
    assert "unchanged 2" in again.content.decode()
    assert again.context["outcome"].passwords == []


def test_faults_are_told_by_row_and_column_and_nothing_is_loaded(office, bank):
    text = NEW_PEOPLE + "TH7003,x,某人,9999,柜员\nTH7004,<script>,某人,0101,巫师\n"
    answer = load(office, PEOPLE, text)
    page = answer.content.decode()
    assert "Nothing was loaded." in page and "2 faults were found" in page
    assert [(row, column) for row, column, _reason in answer.context["faults"]] == [
        (4, "branch 机构号"),
        (5, "roles 角色"),
    ]
    assert not User.objects.filter(employee_number__startswith="TH70").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "missing"),
        (b"\x81\x00\xff,\n", "neither UTF-8 nor GB18030"),
        (b"x" * (MOST_BYTES + 1), "larger than 2 MB"),
        ("工号,用户名,姓名,机构号\n" + "".join(f"N{n},u{n},某,0101\n" for n in range(201)), "more than 200 rows"),
    ],
)
def test_a_file_that_is_none_or_too_large_is_told(office, bank, text, told):
    before = User.objects.count()
    answer = load(office, PEOPLE, text)
    assert told in str(answer.context["form"].errors)
    assert User.objects.count() == before


def test_nothing_chosen_is_told(office):
    assert office.post(PEOPLE, {}).context["form"].errors["file"]


def test_an_administrator_gives_themselves_no_role_by_file(office, admin):
    text = f"工号,用户名,姓名,机构号,角色\n{admin.employee_number},admin,石磊,0000,系统管理员、总行客户管理部\n"
    assert load(office, PEOPLE, text).context["fault_count"] == 1
    assert User.objects.get(pk=admin.pk).roles == ["admin"]


@pytest.mark.parametrize("page", [BRANCHES, PEOPLE])
def test_the_documented_template_loads(office, bank, page, settings):
    name = "branches" if page == BRANCHES else "people"
    answer = load(office, page, (settings.BASE_DIR / "docs" / f"{name}.csv").read_bytes())
    assert answer.context["faults"] == []
    heads = (settings.BASE_DIR / "docs" / f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
    assert heads == answer.context["head_lines"][0]
