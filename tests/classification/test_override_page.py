"""Overrides through the page: two people, a reason, an end; before the confirmation only."""

import pytest
from django.utils import timezone

from archives.classification.services import confirm_unit
from archives.models import ClassChange, Override, Proposal
from tests.classification.rows import QUARTER, make_quarter


@pytest.fixture
def quarter(bank, cast, now):
    return make_quarter(bank=bank, cast=cast, now=now)


def url(customer, end="") -> str:
    return f"/classes/{QUARTER}/customers/{customer.number}/{end}"


@pytest.fixture
def fields(cast):
    return {"code": "platinum", "reason": "房款过渡", "approver": cast["president"].pk, "until": "2027-06-30"}


def test_an_override_shows_on_the_list_and_counts_in_the_figures(quarter, fields, head, client_of):
    client = client_of(head)
    assert client.post(url(quarter["faller"]), fields).status_code == 302
    rows = client.get(f"/classes/{QUARTER}/customers/?verdict=overridden").context["page"].rows
    assert [(row.customer_id, row.final, row.override.reason) for row in rows] == [
        (quarter["faller"].pk, "platinum", "房款过渡")
    ]
    matrix = client.get(f"/classes/{QUARTER}/").context["matrices"][0]
    assert (matrix.ups, matrix.downs) == (1, 0)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"code": "strategic"}, "code"),
        ({"reason": " "}, "reason"),
        ({"until": "2027-12-31"}, "until"),
        ({"until": "2020-12-31"}, "until"),
        ({"until": "bald"}, "until"),
        ({"approver": ""}, "approver"),
    ],
)
def test_wrong_input_is_said_at_its_place_and_writes_nothing(quarter, fields, head, client_of, change, place):
    response = client_of(head).post(url(quarter["faller"]), fields | change)
    assert response.status_code in (200, 409) and place in response.context["form"].errors
    assert not Override.objects.exists() and not Proposal.objects.exclude(override_code="").exists()


def test_an_override_is_taken_back(quarter, fields, head, client_of):
    client = client_of(head)
    client.post(url(quarter["faller"]), fields)
    assert client.post(url(quarter["faller"], "end/")).status_code == 302
    assert Override.objects.get().ended_at and not Proposal.objects.exclude(override_code="").exists()


@pytest.mark.parametrize("who", ["teller", "manager", "service", "auditor"])
def test_others_take_none_back(quarter, fields, cast, client_of, who):
    client_of(cast["head"]).post(url(quarter["faller"]), fields)
    assert client_of(cast[who]).post(url(quarter["faller"], "end/")).status_code == 403
    assert Override.objects.get().ended_at is None


def test_after_the_confirmation_nobody_overrides(quarter, fields, cast, client_of, today):
    unit = quarter["units"]["0100"]
    confirm_unit(
        unit=unit, version=1, actor=cast["president"], meeting_number="FX", effective_on=today, now=timezone.now()
    )
    response = client_of(cast["head"]).post(url(quarter["faller"]), fields)
    assert response.status_code == 409 and "陈立群" in response.content.decode()
    assert not Override.objects.exists()


def test_an_override_then_the_confirmation_gives_the_overridden_class(quarter, fields, cast, client_of, today):
    client_of(cast["head"]).post(url(quarter["faller"]), fields | {"code": "gold"})
    unit = type(quarter["units"]["0100"]).objects.get(pk=quarter["units"]["0100"].pk)
    confirm_unit(
        unit=unit, version=unit.version, actor=cast["president"], meeting_number="FX", effective_on=today, now=timezone.now()
    )  # fmt: skip
    change = ClassChange.objects.get(customer=quarter["faller"])
    assert (change.new_code, change.is_override) == ("gold", True)
