"""受理告知: the letter, its paper, and the record that it went out."""

from datetime import timedelta

import pytest

from complaints.intake.letter import letter_context, limit_of
from complaints.models import Acknowledgement, LetterTemplate
from crm.lib.dates import local_day
from crm.privacy.models import AccessEvent
from crm.staff.models import Branch
from tests.complaints.intake_world import registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(teller, outlet, now):
    Branch.objects.filter(pk=outlet.pk).update(phone="0579-87650000")
    outlet.refresh_from_db()
    return registered(respondent=outlet, actor=teller, now=now)


def test_the_letter_names_number_limit_and_phone(case, teller, client_of):
    limit = limit_of(case)
    assert limit == local_day(case.received_at) + timedelta(days=15)
    for page in ("acknowledgement/", "acknowledgement/print/"):
        text = client_of(teller).get(f"/complaints/{case.number}/{page}").content.decode()
        assert all(word in text for word in (case.number, limit.isoformat(), "0579-87650000", "王建国")), page
        assert "13800001234" not in text


def test_the_offices_template_is_filled_and_its_braces_stay_harmless(case, teller):
    LetterTemplate.objects.filter(kind="acknowledgement").update(is_active=False)
    LetterTemplate.objects.create(
        kind="acknowledgement", title="x", text="{name}:{number},{limit},{nothing} {0} {case.pk}"
    )
    assert letter_context(case, teller)["paragraphs"] == [
        f"王建国:{case.number},{limit_of(case)},{{nothing}} {{0}} {{case.pk}}"
    ]


def test_without_a_template_there_is_a_wording(case, teller):
    LetterTemplate.objects.all().delete()
    assert case.number in " ".join(letter_context(case, teller)["paragraphs"])


def test_an_anonymous_letter_has_no_name(teller, outlet, now, client_of):
    case = registered(respondent=outlet, actor=teller, now=now, is_anonymous=True)
    assert client_of(teller).get(f"/complaints/{case.number}/acknowledgement/print/").status_code == 200


def test_sending_it_is_recorded_and_stops_its_clock(case, teller, client_of):
    sent = {"means": "letter", "note": "挂号信", "version": case.version}
    client_of(teller).post(f"/complaints/{case.number}/acknowledgement/", sent)
    row = Acknowledgement.objects.get()
    assert (row.case, row.means, row.note, row.sent_by, row.limit_on) == (
        case,
        "letter",
        "挂号信",
        teller,
        limit_of(case),
    )
    assert case.clocks.get(kind="acknowledge").end == "met"
    assert case.events.get(action="acknowledge").facts == {"means": "letter", "limit": limit_of(case).isoformat()}
    assert "挂号信" in client_of(teller).get(f"/complaints/{case.number}/").content.decode()


@pytest.mark.parametrize(("who", "status"), [("teller", 200), ("service", 200), ("head", 403), ("auditor", 403), ("stranger", 404)])  # fmt: skip
def test_the_paper_is_the_offices_and_the_first_receivers(case, cast, client_of, who, status):
    client = client_of(cast[who])
    assert client.get(f"/complaints/{case.number}/acknowledgement/print/").status_code == status


@pytest.mark.pango
def test_the_pdf_is_logged(case, teller, client_of):
    response = client_of(teller).get(f"/complaints/{case.number}/acknowledgement/pdf/")
    assert response.content.startswith(b"%PDF") and case.number in response["Content-Disposition"]
    assert AccessEvent.objects.filter(action="download", object_id=case.pk, fields="acknowledgement").exists()


def test_where_no_pdf_can_be_made_the_page_says_so(case, teller, client_of, monkeypatch):
    from complaints.intake import amend_views
    from crm.lib.refusals import Refused

    def fails(*args):
        raise Refused("no Pango")

    monkeypatch.setattr(amend_views, "render_pdf", fails)
    response = client_of(teller).get(f"/complaints/{case.number}/acknowledgement/pdf/", follow=True)
    assert "no Pango" in response.content.decode()
