"""Who stands above a branch, so that there is somebody as long as anybody is left."""

import pytest

from crm.staff.deputies import acting_deputy, principals_of
from crm.staff.hierarchy import next_level_up, outlet_head
from crm.staff.models import Absence, User
from crm.staff.roles import Role
from tests.cast import make_user


def test_the_head_is_the_active_one_of_exactly_this_branch(cast, bank, head):
    assert outlet_head(bank["0101"]) == head
    assert outlet_head(bank["0102"]) is None
    assert outlet_head(bank["0101"], exclude={head.pk}) is None
    User.objects.filter(pk=head.pk).update(is_active=False)
    assert outlet_head(bank["0101"]) is None


@pytest.mark.parametrize(
    ("code", "passed", "found"),
    [
        ("0101", (), "president"),
        ("0100", (), "president"),  # the president sits at the branch itself
        ("0101", ("president",), "headoffice"),
        ("0201", (), "headoffice"),
        ("0901", (), "headoffice"),
        ("0000", (), "headoffice"),
        ("0101", ("president", "headoffice"), None),
    ],
)
def test_the_next_level_is_the_nearest_who_is_left(cast, bank, code, passed, found):
    upper = next_level_up(bank[code], exclude={cast[name].pk for name in passed})
    assert upper == (cast[found] if found else None)


def test_a_head_above_comes_before_head_office(cast, bank):
    chief = make_user(username="chief", role=Role.HEAD, branch=bank["0200"])
    assert next_level_up(bank["0201"]) == chief
    assert next_level_up(bank["0200"]) == cast["headoffice"]


def test_the_disabled_are_passed_over(cast, bank, president):
    User.objects.filter(pk=president.pk).update(is_active=False)
    assert next_level_up(bank["0101"]) == cast["headoffice"]


def test_a_deputyship_is_not_passed_on(manager, colleague, head, today):
    for user, deputy in ((manager, colleague), (colleague, head)):
        Absence.objects.create(user=user, deputy=deputy, starts=today, ends=today)
    assert acting_deputy(manager, today) == colleague
    assert principals_of(head, today) == [colleague]
