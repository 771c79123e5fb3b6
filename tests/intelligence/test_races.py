"""Two people at one item in the same instant: one wins, the other is told, nothing happens twice.

Calibrated: with the version no longer compared in `_claim`, each race of two writers fails in its first rounds.
"""

import pytest

from archives.intelligence.prompting import prompt_stale
from archives.intelligence.services import add_intelligence, confirm_intelligence
from archives.models import Intelligence
from crm.lib.refusals import Refused, TooLate
from crm.notifications.models import Notice
from tests.intelligence.conftest import VALUES
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 25


def together(*works):
    return at_once(*works, errors=Refused)


def fresh(item):
    return Intelligence.objects.get(pk=item.pk)


def test_two_corrections_at_once_have_one_winner(add, correct, teller, manager):
    item = add()
    for n in range(ROUNDS):
        seen = [fresh(item), fresh(item)]
        results = together(
            lambda n=n, seen=seen: correct(seen[0], actor=teller, title=f"柜员第{n}次"),
            lambda n=n, seen=seen: correct(seen[1], actor=manager, title=f"经理第{n}次"),
        )
        assert [type(r) for r in results].count(TooLate) == 1
        winner = next(r for r in results if isinstance(r, Intelligence))
        assert (fresh(item).title, fresh(item).version) == (winner.title, n + 2)
        assert item.history.count() == n + 2 and item.history.first().title == winner.title


def test_a_correction_against_a_confirmation_has_one_winner(add, correct, teller, manager, now, day):
    item = add()
    for n in range(ROUNDS):
        seen = [fresh(item), fresh(item)]
        together(
            lambda n=n, seen=seen: correct(seen[0], actor=teller, title=f"第{n}次"),
            lambda n=n, seen=seen: confirm_intelligence(item=seen[1], actor=manager, valid_until=day(100 + n), now=now),
        )
        ended = fresh(item)
        assert ended.version == n + 2
        assert (ended.title == f"第{n}次") != (ended.valid_until == day(100 + n))


def test_twenty_identical_submits_make_one_item(teller, today, now):
    def submit():
        return add_intelligence(**VALUES, source_date=today, actor=teller, token="one-form", now=now)

    made = together(*[submit] * 20)
    assert len({item.pk for item in made}) == 1 and Intelligence.everyone.count() == 1


def test_eight_authors_at_once_get_eight_numbers(outlet, today, now):
    from tests.cast import make_user

    people = [make_user(username=f"t{n}", role="teller", branch=outlet) for n in range(8)]
    works = [lambda p=p: add_intelligence(**VALUES, source_date=today, actor=p, now=now) for p in people]
    assert len({item.number for item in together(*works)}) == 8


def test_two_workers_at_once_prompt_once(add, day, now):
    for n in range(5):
        add(source_date=day(-9), valid_until=day(-1), title=f"第{n}条")
    results = together(lambda: prompt_stale(now=now), lambda: prompt_stale(now=now))
    assert sum(result["prompted"] for result in results) == 5
    assert Notice.objects.filter(kind="intelligence-stale").count() == 5
