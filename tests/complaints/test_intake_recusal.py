"""回避: whoever is named is replaced by the next level up at once, on the record, and sees nothing any more."""

import pytest

from complaints.cases.codes import State
from complaints.intake.amending import name_respondents
from complaints.intake.recusing import recuse_barred
from complaints.models import Case, Delegation, Respondent
from crm.notifications.models import Notice
from tests.cast import make_user
from tests.complaints.world import case_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def assigned(cast, outlet, now):
    people = {"officer": cast["service"], "investigator": cast["president"], "contact": cast["head"]}
    return case_at(State.ASSIGNED, respondent=outlet, actor=cast["teller"], now=now, **people)


def name(case, *people, actor, now, **options):
    return name_respondents(case=Case.objects.get(pk=case.pk), employees=people, actor=actor, now=now, **options)


@pytest.mark.parametrize(
    ("who", "field", "role", "by"),
    [
        ("president", "investigator", "investigator", "headoffice"),
        ("head", "contact", "contact", "president"),
        ("teller", "first_receiver", "first", "head"),
    ],
)
def test_a_named_handler_is_replaced_by_the_next_level(assigned, cast, client_of, now, who, field, role, by):
    rows = name(assigned, cast[who], actor=cast["service"], now=now)
    found = Case.objects.get(pk=assigned.pk)
    assert getattr(found, field) == cast[by]
    assert [(row.role, row.person, row.replaced_by, row.reason) for row in rows] == [
        (role, cast[who], cast[by], "accused")
    ]
    event = found.events.get(action="recuse")
    assert event.actor is None and event.role == "system" and event.facts["named_by"] == cast["service"].pk
    assert Notice.objects.filter(recipient=cast[by], params__number=found.number, kind__startswith="case-").exists()
    assert client_of(cast[who]).get(f"/complaints/{found.number}/").status_code == 404


def test_all_at_once(assigned, cast, now):
    rows = name(assigned, cast["president"], cast["head"], cast["teller"], actor=cast["service"], now=now)
    found = Case.objects.get(pk=assigned.pk)
    assert (found.investigator, found.contact, found.first_receiver) == (cast["headoffice"],) * 3
    assert len(rows) == 3 and found.events.filter(action="recuse").count() == 1


def test_an_officer_is_replaced_by_another_of_the_office(assigned, cast, bank, now):
    other = make_user(username="service2", role="service", branch=bank["0000"])
    name(assigned, cast["service"], actor=cast["teller"], now=now)
    assert Case.objects.get(pk=assigned.pk).officer == other


def test_nobody_left_leaves_the_place_open_and_tells_the_office(assigned, cast, now):
    name(assigned, cast["president"], cast["headoffice"], actor=cast["service"], now=now)
    found = Case.objects.get(pk=assigned.pk)
    assert found.investigator is None and found.recusals.get(role="investigator").replaced_by is None
    assert Notice.objects.filter(kind="case-stuck", recipient=cast["service"]).exists()


def test_naming_somebody_without_a_part_replaces_nobody(assigned, cast, now):
    assert name(assigned, cast["colleague"], actor=cast["service"], now=now) == []
    assert not Case.objects.get(pk=assigned.pk).events.filter(action="recuse").exists()


def test_a_delegation_ends_with_its_delegate(assigned, cast, now):
    row = Delegation.objects.create(case=assigned, round=1, to=cast["head"], reason="x", asked_by=cast["president"], asked_at=now, decided_by=cast["service"], decided_at=now, granted=True)  # fmt: skip
    name(assigned, cast["head"], actor=cast["service"], now=now)
    row.refresh_from_db()
    assert row.ended_at == now and Case.objects.get(pk=assigned.pk).investigator == cast["president"]


def test_an_interest_counts_like_an_accusation(assigned, cast, now):
    Respondent.objects.create(case=assigned, employee=cast["president"], why="interest", named_at=now)
    case = Case.objects.get(pk=assigned.pk)
    rows = recuse_barred(case=case, actor=None, now=now)
    assert rows[0].reason == "interest" and case.investigator == cast["headoffice"]
    assert recuse_barred(case=case, actor=None, now=now) == []  # once


def test_a_case_before_its_assignment_is_assigned_around_the_named(cast, outlet, now):
    people = {"officer": cast["service"], "investigator": cast["president"], "contact": cast["head"]}
    case = case_at(State.REGISTERED, respondent=outlet, actor=cast["teller"], now=now, **people)
    assert name(case, cast["head"], actor=cast["service"], now=now) == []
    from complaints.handling.assigning import route_of

    assert route_of(Case.objects.get(pk=case.pk), now).contact == cast["president"]


def test_the_page_says_who_was_replaced(assigned, cast, client_of):
    client = client_of(cast["service"])
    page = f"/complaints/{assigned.number}/respondents/"
    sent = {"employees": "郑海峰", "why": "accused", "version": assigned.version}
    body = client.post(page, sent, follow=True).content.decode()
    assert "郑海峰" in body and "陈立群" in body
    assert Case.objects.get(pk=assigned.pk).contact == cast["president"]


def test_whoever_names_themself_leaves_the_case(assigned, cast, client_of):
    sent = {"employees": "何静", "why": "interest", "version": assigned.version}
    response = client_of(cast["teller"]).post(f"/complaints/{assigned.number}/respondents/", sent)
    assert response.status_code == 302 and response.url == "/"


def test_two_of_one_name_are_told_apart(assigned, cast, bank, client_of):
    make_user(username="twin", role="teller", branch=bank["0101"], name="邓凯")
    client, page = client_of(cast["service"]), f"/complaints/{assigned.number}/respondents/"
    sent = {"employees": "邓凯", "why": "accused", "version": assigned.version}
    assert client.post(page, sent).status_code == 200
    assert client.post(page, sent | {"employees": "TH-TWIN, TH-COLLEAGUE"}).status_code == 302
    assert assigned.respondents.count() == 2
