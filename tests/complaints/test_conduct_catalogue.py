"""The service office's catalogue: an item, its versions, its end."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from complaints.conduct.catalogue import add_rule, end_rule, revise_rule
from complaints.models import PointRule
from crm.lib.refusals import NotYours, Refused, TooLate
from tests.complaints.conduct_world import rule


@pytest.fixture(autouse=True)
def in_english():
    """What is refused is read in its source words."""
    with translation.override("en"):
        yield


ITEM = {"kind": "violation", "item": "擅离岗位", "item_en": "", "points": Decimal("1.5"), "award_cents": 0, "basis": "服务办法"}  # fmt: skip
NEXT = {key: value for key, value in ITEM.items() if key != "kind"}


@pytest.fixture
def add(service, now, today):
    def make(actor=service, **fields):
        return add_rule(actor=actor, now=now, **{"code": "left-post", "valid_from": today} | ITEM | fields)

    return make


def test_the_office_adds_an_item(add, service, today):
    made = add()
    assert (made.version, made.set_by, made.valid_until) == (1, service, None)
    assert PointRule.objects.in_force(today).filter(pk=made.pk).exists()


@pytest.mark.parametrize("name", ["teller", "head", "president", "headoffice", "auditor", "admin"])
def test_nobody_else_keeps_it(add, cast, name, now, today):
    with pytest.raises(NotYours):
        add(actor=cast[name])
    with pytest.raises(NotYours):
        revise_rule(rule=rule(), actor=cast[name], now=now, valid_from=today, **NEXT)
    with pytest.raises(NotYours):
        end_rule(rule=rule(), last_day=today, actor=cast[name], now=now)


def test_a_code_is_given_once(add):
    add()
    with pytest.raises(Refused) as refusal:
        add()
    assert "code" in refusal.value.fields


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"points": Decimal("1.2")}, "points"),
        ({"points": Decimal(0)}, "points"),
        ({"points": Decimal("12.5")}, "points"),
        ({"points": Decimal(-1)}, "points"),
        ({"item": " "}, "item"),
        ({"basis": ""}, "basis"),
        ({"kind": "other"}, "kind"),
        ({"award_cents": 100}, "award"),
        ({"kind": "forbearance", "points": Decimal(0)}, "award"),
        ({"kind": "forbearance", "points": Decimal(0), "award_cents": 1_000_100}, "award"),
    ],
)
def test_a_bad_item_is_refused_at_its_field(add, fields, place):
    with pytest.raises(Refused) as refusal:
        add(**fields)
    assert list(refusal.value.fields) == [place]


def test_no_item_reaches_back(add, today):
    with pytest.raises(Refused, match="today at the earliest"):
        add(valid_from=today - timedelta(days=1))


def test_a_new_version_follows_and_the_old_one_stays(add, service, now, today):
    first, day = add(), today + timedelta(days=10)
    second = revise_rule(rule=first, actor=service, now=now, valid_from=day, **NEXT | {"points": Decimal(2)})
    first.refresh_from_db()
    assert (second.version, second.points, second.kind) == (2, 2, "violation")
    assert (first.valid_until, first.points) == (day - timedelta(days=1), Decimal("1.5"))
    for offset, version in ((0, 1), (9, 1), (10, 2), (400, 2)):
        found = PointRule.objects.in_force(today + timedelta(days=offset)).get(code="left-post")
        assert found.version == version, offset


def test_two_versions_do_not_begin_on_one_day(add, service, now, today):
    with pytest.raises(Refused, match="begins later"):
        revise_rule(rule=add(), actor=service, now=now, valid_from=today, **NEXT)


def test_an_old_version_is_not_revised_or_ended_again(add, service, now, today):
    first = add()
    revise_rule(rule=first, actor=service, now=now, valid_from=today + timedelta(days=1), **NEXT)
    with pytest.raises(TooLate, match="方晓云"):
        revise_rule(rule=first, actor=service, now=now, valid_from=today + timedelta(days=2), **NEXT)
    with pytest.raises(TooLate):
        end_rule(rule=first, last_day=today, actor=service, now=now)


def test_an_item_ends_once_and_not_before_today(add, service, now, today):
    item = add()
    with pytest.raises(Refused, match="today at the earliest"):
        end_rule(rule=item, last_day=today - timedelta(days=1), actor=service, now=now)
    assert end_rule(rule=item, last_day=today, actor=service, now=now).valid_until == today
    assert not PointRule.objects.in_force(today + timedelta(days=1)).filter(code="left-post").exists()
    with pytest.raises(TooLate):
        end_rule(rule=item, last_day=today + timedelta(days=5), actor=service, now=now)


def test_an_ended_item_begins_again_by_a_new_version(add, service, now, today):
    item = end_rule(rule=add(), last_day=today, actor=service, now=now)
    again = revise_rule(rule=item, actor=service, now=now, valid_from=today + timedelta(days=30), **NEXT)
    item.refresh_from_db()
    assert item.valid_until == today and again.valid_until is None
    assert not PointRule.objects.in_force(today + timedelta(days=5)).filter(code="left-post").exists()
