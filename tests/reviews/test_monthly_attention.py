"""Reasons for key attention: a case at each border, from plain values and from the archives of a branch."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from archives.classification.rules import Step
from archives.models import Customer, Hold
from archives.retention.services import place_hold, release_hold
from archives.reviews.attention import Picture, consequence, reasons_for
from archives.reviews.candidates import find_candidates, look_at
from crm.lib.dates import SHANGHAI
from tests.reviews.monthly import DAY, WAN, ago, company, deposit, person

LADDER = {
    "P": [Step("P", 0, "ordinary", 0), Step("P", 1, "active", 5 * WAN), Step("P", 2, "gold", 20 * WAN)],
    "C": [Step("C", 0, "base", 0), Step("C", 1, "active_c", 50 * WAN)],
}
STEADY = {"kind": "P", "days": 900, "completeness": 90, "balance": 12 * WAN, "average": 12 * WAN}


def codes(**values) -> list[str]:
    picture = Picture(**(STEADY | values))
    return [reason["code"] for reason in reasons_for(picture, LADDER[picture.kind])]


def reason(code: str, **values) -> dict:
    picture = Picture(**(STEADY | values))
    return next(r for r in reasons_for(picture, LADDER[picture.kind]) if r["code"] == code)


def test_a_steady_customer_needs_no_attention():
    assert codes() == []


@pytest.mark.parametrize(
    ("values", "found"),
    [
        # movement: 30 % and 5 (50) ten thousand against the average
        ({"balance": 17 * WAN, "average": 12 * WAN}, ["movement"]),
        ({"balance": 17 * WAN - 1, "average": 12 * WAN}, []),
        ({"balance": 39 * WAN, "average": 30 * WAN}, ["movement"]),
        ({"balance": 39 * WAN - 1, "average": 30 * WAN}, []),
        ({"balance": 21 * WAN, "average": 30 * WAN}, ["movement"]),
        ({"balance": 21 * WAN + 1, "average": 30 * WAN}, []),
        ({"kind": "C", "balance": 150 * WAN, "average": 100 * WAN}, ["movement"]),
        ({"kind": "C", "balance": 150 * WAN - 1, "average": 100 * WAN}, []),
        ({"balance": 5 * WAN, "average": 0}, ["movement"]),
        ({"balance": 5 * WAN - 1, "average": 0}, []),
        # border: within 10 % above the own floor or below the next
        ({"balance": 22 * WAN, "average": 22 * WAN}, ["border"]),
        ({"balance": 22 * WAN, "average": 22 * WAN + 1}, []),
        ({"balance": 20 * WAN, "average": 20 * WAN}, ["border"]),
        ({"balance": 20 * WAN, "average": 20 * WAN - 1}, ["border"]),
        ({"balance": 18 * WAN, "average": 18 * WAN}, ["border"]),
        ({"balance": 18 * WAN, "average": 18 * WAN - 1}, []),
        # complaint
        ({"complaints": 1, "complaint_days": 4}, ["complaint"]),
        # maturity: 20 ten thousand
        ({"maturing": 20 * WAN, "matures_in": 30}, ["maturity"]),
        ({"maturing": 20 * WAN - 1, "matures_in": 30}, []),
        # gaps: below 60
        ({"completeness": 59}, ["gaps"]),
        ({"completeness": 60}, []),
        # new: at most 90 days and 20 (200) ten thousand on average
        ({"days": 90, "balance": 25 * WAN, "average": 25 * WAN}, ["new"]),
        ({"days": 91, "balance": 25 * WAN, "average": 25 * WAN}, []),
        ({"days": 90, "balance": 20 * WAN, "average": 20 * WAN}, ["new", "border"]),
        ({"days": 90, "balance": 20 * WAN, "average": 20 * WAN - 1}, ["border"]),
        ({"kind": "C", "days": 30, "balance": 200 * WAN, "average": 200 * WAN}, ["new"]),
        ({"kind": "C", "days": 30, "balance": 200 * WAN, "average": 200 * WAN - 1}, []),
        # leaving: half of at least 5 ten thousand, or 90 quiet days
        ({"balance": 3 * WAN, "average": 6 * WAN}, ["leaving"]),
        ({"balance": 3 * WAN + 1, "average": 6 * WAN}, []),
        ({"balance": 0, "average": 5 * WAN - 1}, ["border"]),
        ({"quiet": 90}, ["leaving"]),
        ({"quiet": 89}, []),
        ({"quiet": 400, "balance": 4 * WAN, "average": 4 * WAN}, []),
    ],
)
def test_a_reason_begins_at_its_border(values, found):
    assert codes(**values) == found


def test_four_fifths_gone_is_red_and_half_is_orange():
    assert reason("leaving", balance=0, average=10 * WAN)["level"] == "red"
    assert reason("leaving", balance=2 * WAN, average=10 * WAN)["level"] == "red"
    assert reason("leaving", balance=2 * WAN + 1, average=10 * WAN)["level"] == "orange"


def test_the_border_names_the_class_that_is_near():
    assert reason("border", average=19 * WAN) == {"code": "border", "side": "high", "level": "gold", "cents": WAN}
    assert reason("border", average=21 * WAN) == {"code": "border", "side": "low", "level": "gold", "cents": WAN}


def test_without_thresholds_nobody_is_near_a_border():
    assert reasons_for(Picture(**(STEADY | {"average": 20 * WAN, "balance": 20 * WAN})), []) == []


def test_heavier_reasons_come_first_then_more_money():
    grave, rich, poor = (
        Picture(**STEADY, complaints=1),
        Picture(**(STEADY | {"completeness": 50, "balance": 90 * WAN, "average": 90 * WAN})),
        Picture(**(STEADY | {"completeness": 50})),
    )
    found = [(consequence(p, reasons_for(p, LADDER["P"])), p) for p in (poor, rich, grave)]
    assert [p for _c, p in sorted(found, key=lambda pair: pair[0], reverse=True)] == [grave, rich, poor]


# From the archives of a branch


def found_at(outlet) -> dict[str, list[str]]:
    return {one.number: [r["code"] for r in one.reasons] for one in find_candidates(outlet, day=DAY)}


def test_large_moves_are_found_in_the_postings(outlet):
    moved, steady = person(outlet), person(outlet)
    deposit(moved, (200, 12 * WAN), (1, 8 * WAN))
    deposit(steady, (200, 12 * WAN), (30, 100))
    assert found_at(outlet) == {moved.number: ["movement"]}


def test_what_was_booked_after_the_day_does_not_count(outlet):
    late = person(outlet)
    deposit(late, (200, 12 * WAN), (30, 100), (-1, 90 * WAN))
    assert found_at(outlet) == {}


def test_a_complaint_counts_while_it_is_open(outlet, head):
    angry = person(outlet)
    placed = datetime(2026, 10, 20, 9, 0, tzinfo=SHANGHAI)
    place_hold(customer=angry, kind=Hold.Kind.COMPLAINT, source="TS20261020", actor=None, now=placed)
    assert find_candidates(outlet, day=DAY)[0].reasons == [{"code": "complaint", "count": 1, "days": 12}]
    assert find_candidates(outlet, day=placed.date() - timedelta(days=1)) == []
    release_hold(customer=angry, kind=Hold.Kind.COMPLAINT, source="TS20261020", actor=None, now=placed + timedelta(days=5))  # fmt: skip
    assert found_at(outlet) == {}


@pytest.mark.parametrize(("days", "found"), [(1, True), (30, True), (31, False), (0, False)])
def test_maturities_count_within_thirty_days(outlet, days, found):
    customer = person(outlet)
    deposit(customer, (400, 25 * WAN), kind="time", matures_on=DAY + timedelta(days=days))
    assert (found_at(outlet) == {customer.number: ["maturity"]}) is found


def test_maturities_of_several_accounts_add_up(outlet):
    customer = person(outlet)
    for _n in range(2):
        deposit(customer, (400, 12 * WAN), kind="time", matures_on=DAY + timedelta(days=9))
    assert find_candidates(outlet, day=DAY)[0].reasons == [{"code": "maturity", "cents": 24 * WAN, "days": 9}]


def test_a_new_customer_is_measured_over_their_own_days(outlet):
    came = datetime(2026, 10, 23, 9, 0, tzinfo=SHANGHAI)  # ten days with the day itself
    customer = person(outlet, since=came)
    deposit(customer, (9, 30 * WAN))
    (one,) = find_candidates(outlet, day=DAY)
    assert one.picture.average == 30 * WAN and [r["code"] for r in one.reasons] == ["new"]


def test_silence_counts_on_current_accounts_alone(outlet):
    quiet, saver = person(outlet), person(outlet)
    deposit(quiet, (120, 12 * WAN))
    deposit(saver, (120, 12 * WAN), kind="time")
    assert found_at(outlet) == {quiet.number: ["leaving"]}


def test_gaps_and_borders_are_found(outlet):
    blank, near = person(outlet, completeness=40), company(outlet)
    deposit(near, (200, 51 * WAN), (30, 0))
    assert found_at(outlet) == {near.number: ["border"], blank.number: ["gaps"]}


def test_hidden_archives_and_other_branches_are_left_out(outlet, bank):
    hidden, elsewhere = person(outlet, completeness=40), person(bank["0201"], completeness=40)
    Customer.everyone.filter(pk=hidden.pk).update(life="bin")
    assert found_at(outlet) == {} and elsewhere.number in found_at(bank["0201"])


def test_who_became_a_customer_after_the_day_is_not_looked_at(outlet):
    person(outlet, since=timezone.now(), completeness=10)
    assert [one.number for one in look_at(Customer.objects.all(), day=ago(1))] == []
