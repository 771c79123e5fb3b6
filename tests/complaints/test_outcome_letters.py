"""Letter templates: seeded, chosen by what fits best, kept by the administrator."""

import pytest

from complaints.handling.letters import fill, seed_letters, shipped, template_for
from complaints.models import LetterTemplate

pytestmark = pytest.mark.django_db


def test_templates_are_seeded_once_and_the_banks_own_words_stay(db):
    assert LetterTemplate.objects.exclude(key=None).count() == len(shipped()["templates"])
    LetterTemplate.objects.filter(key="extension").update(title="自改", text="自改")
    assert seed_letters() == 0 and LetterTemplate.objects.get(key="extension").text == "自改"
    LetterTemplate.objects.filter(key="extension").delete()
    assert seed_letters() == 1


def test_the_best_fitting_template_is_taken(db):
    plain = LetterTemplate.objects.create(kind="reply", title="a")
    assert template_for("reply", finding="yes").key == "reply-at-fault" and template_for("reply") == plain
    LetterTemplate.objects.filter(key="reply-at-fault").update(is_active=False)
    assert template_for("reply", finding="yes") == plain


def test_braces_of_others_stay():
    assert fill("{name} {x.__class__} {number}", {"name": "{number}", "number": "1"}) == "1 {x.__class__} 1"


def test_the_administrator_keeps_the_letters(cast, client_of):
    client, row = client_of(cast["admin"]), LetterTemplate.objects.get(key="extension")
    page = f"/admin/complaints/lettertemplate/{row.pk}/change/"
    assert client.get("/admin/complaints/lettertemplate/").status_code == 200
    answer = client.post(page, {"kind": "extension", "title": "延期", "text": "改过", "is_active": "on"})
    assert answer.status_code == 302 and LetterTemplate.objects.get(pk=row.pk).text == "改过"
    assert client.get(page.replace("change", "delete")).status_code == 403
    assert client_of(cast["service"]).get(page).status_code in (302, 403)
