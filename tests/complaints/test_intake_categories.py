"""The three faces: seeded with every database, coded from the bank's file, kept in Django admin."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from complaints.intake.categories import INDENT, choices_of, load_codes
from complaints.intake.defaults import ensure_categories, seed_rows
from complaints.models import Category

pytestmark = pytest.mark.django_db


def write(tmp_path, text: str, encoding="utf-8"):
    path = tmp_path / "codes.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_every_database_begins_with_the_three_faces():
    found = Category.objects
    assert found.count() == len(seed_rows())
    assert found.filter(face="B", parent=None).count() == 14
    assert found.filter(face="C").count() == 13 and found.filter(face="C", is_service=True).count() == 2
    assert found.get(face="A", key="sms").parent.parent.key == "front"
    assert not found.exclude(code="").exists()  # official numbers are never invented


def test_seeding_again_adds_nothing_and_keeps_what_the_bank_changed():
    Category.objects.filter(face="A", key="sms").update(name="短信平台", is_active=False, code="A-1")
    Category.objects.get(face="C", key="contract").delete()
    assert ensure_categories() == 1
    assert ensure_categories() == 0
    kept = Category.objects.get(face="A", key="sms")
    assert (kept.name, kept.is_active, kept.code) == ("短信平台", False, "A-1")
    assert Category.history.filter(key="contract", history_type="+").exists()


def test_a_select_shows_the_tree_in_its_order_without_what_is_switched_off():
    Category.objects.filter(face="A", key="mobile-app").update(is_active=False)
    with translation.override("en"):
        labels = [label for _pk, label in choices_of("A")]
    assert labels[:3] == ["not classified yet", "Front-office channel", f"{INDENT}At the outlet"]
    assert f"{INDENT * 2}Online banking" in labels and f"{INDENT * 2}Mobile application" not in labels
    kept = Category.objects.get(face="A", key="mobile-app")
    assert str(kept.pk) in dict(choices_of("A", keep=[kept.pk]))


def test_codes_load_by_key_or_name_and_the_report_says_what_changed(tmp_path, capsys):
    file = write(tmp_path, "面,键,名称,代码\nC,service,,301\nB,,银行卡,202\n", "gb18030")
    call_command("load_complaint_categories", file)
    told = capsys.readouterr().out
    assert "C service: – → 301" in told and "changed 2, unchanged 0" in told and "A sms: no code" in told
    assert Category.objects.get(face="B", key="cards").code == "202"
    assert Category.history.filter(key="cards", code="202").exists()
    call_command("load_complaint_categories", file)
    assert "changed 0, unchanged 2" in capsys.readouterr().out


def test_a_comparison_changes_nothing(tmp_path, capsys):
    call_command("load_complaint_categories", write(tmp_path, "face,key,code\nC,service,301\n"), "--check")
    assert "would change 1" in capsys.readouterr().out
    assert Category.objects.get(face="C", key="service").code == ""


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("D,service,301", "no face D"),
        ("C,nowhere,301", "no category nowhere"),
        (",service,", "has no code"),
        ("C,service," + "9" * 21, "at most 20"),
        ("C,service,301\nC,service,302", "twice"),
        ("C,service,301\nC,contract,301", "two categories"),
        ("C,ser\0vice,301", "NUL"),
        ('C,"service,301', "quote"),
    ],
)
def test_a_row_at_fault_loads_nothing_and_says_which(tmp_path, row, words):
    file = write(tmp_path, f"face,key,code\nC,choice,306\n{row}\n")
    with translation.override("en"), pytest.raises(CommandError, match=words):
        call_command("load_complaint_categories", file)
    assert not Category.objects.exclude(code="").exists()


def test_a_name_of_two_faces_must_name_its_face(tmp_path):
    Category.objects.filter(face="C", key="cause-other").update(name="其他")
    with translation.override("en"):
        report = load_codes(path=write(tmp_path, "name,code\n其他,99\n"), now=timezone.now())
    assert "several categories" in report.faults[0]


def test_a_file_without_its_columns_is_refused(tmp_path):
    with translation.override("en"), pytest.raises(CommandError, match="are needed"):
        call_command("load_complaint_categories", write(tmp_path, "a,b\n1,2\n"))
    with pytest.raises(CommandError):
        call_command("load_complaint_categories", tmp_path / "nowhere.csv")


def test_an_administrator_edits_a_category_and_never_deletes_it(admin, teller, client_of):
    entry = Category.objects.get(face="C", key="pricing")
    client, page = client_of(admin), f"/admin/complaints/category/{entry.pk}/change/"
    assert client.get("/admin/complaints/category/?q=pricing").status_code == 200
    sent = {"name": "因定价收费引起的投诉", "name_en": "Fees", "code": "307", "order": 70, "is_active": "on"}
    assert client.post(page, sent).status_code == 302
    entry.refresh_from_db()
    assert (entry.code, entry.key, entry.face) == ("307", "pricing", "C")
    assert entry.history.first().history_user == admin
    assert client.post(f"/admin/complaints/category/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    wrong = {
        "face": "C",
        "key": "new",
        "parent": Category.objects.get(face="A", key="front").pk,
        "name": "x",
        "order": 1,
    }
    assert client.post("/admin/complaints/category/add/", wrong).status_code == 200
    assert not Category.objects.filter(key="new").exists()
    assert client_of(teller).get(page, follow=True).status_code == 403
