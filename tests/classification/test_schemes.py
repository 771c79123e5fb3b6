"""Thresholds: the bank's defaults, versions by date, two people of head office."""

from datetime import date

import pytest
from django.core.management import call_command

from archives.classification.schemes import ensure_default_scheme
from archives.classification.services import (
    decide_scheme,
    propose_scheme,
    scheme_for,
    simulate,
    steps_of,
    withdraw_scheme,
)
from archives.models import Level, Proposal, Run, Scheme
from crm.lib.dates import Quarter
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from tests.archives import make_personal
from tests.cast import make_user
from tests.classification.engine import QUARTER, WAN, compute, deposit, give_class

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(headoffice, bank):
    return make_user(username="second", role="headoffice", branch=bank["0000"], name="许可")


def table(**changes) -> list[dict]:
    rows = [vars(step) | {} for step in steps_of(Scheme.objects.get(version=1))]
    for row in rows:
        row["floor_cents"] = changes.get(row["code"], row["floor_cents"] // WAN) * WAN
    return rows


@pytest.fixture
def propose(headoffice, now):
    def act(*, actor=headoffice, **values):
        defaults = {"valid_from": date(2026, 10, 1), "reason": "市场变化", "levels": table(gold=30)}
        return propose_scheme(values=defaults | values, actor=actor, now=now)

    return act


def test_a_bank_starts_with_the_defaults_once(now):
    scheme = Scheme.objects.get()
    assert (scheme.version, scheme.valid_from, scheme.state, scheme.proposed_by) == (
        1,
        date(2000, 1, 1),
        "adopted",
        None,
    )
    assert [(s.code, s.floor_cents // WAN, s.grace_quarters) for s in steps_of(scheme) if s.kind == "P"] == [
        ("ordinary", 0, 1), ("active", 5, 1), ("gold", 20, 1), ("platinum", 50, 1), ("diamond", 200, 1), ("private", 600, 2),
    ]  # fmt: skip
    assert [(s.code, s.floor_cents // WAN) for s in steps_of(scheme) if s.kind == "C"] == [
        ("base", 0), ("active_c", 50), ("key", 500), ("core", 3_000), ("strategic", 10_000),
    ]  # fmt: skip
    ensure_default_scheme(now)
    assert (Scheme.objects.count(), Level.objects.count()) == (1, 11)


def test_each_quarter_has_the_version_of_its_last_day(propose, second, now):
    scheme = propose(valid_from=date(2026, 8, 15))
    assert scheme_for(QUARTER).version == 1
    decide_scheme(scheme=scheme, actor=second, accept=True, now=now)
    assert (scheme_for(Quarter(2026, 2)).version, scheme_for(QUARTER).version) == (1, 2)
    with pytest.raises(Refused):
        scheme_for(Quarter(1999, 4))


def test_two_people_of_head_office_adopt(propose, second, headoffice, head, now):
    scheme = propose()
    assert (scheme.state, scheme.version, scheme.levels.count()) == ("proposed", 2, 11)
    assert Notice.objects.get(kind="scheme-proposed").recipient == second
    for actor in (headoffice, head):
        with pytest.raises(Refused):
            decide_scheme(scheme=scheme, actor=actor, accept=True, now=now)
    adopted = decide_scheme(scheme=scheme, actor=second, accept=True, now=now)
    assert (adopted.state, adopted.decided_by) == ("adopted", second)
    assert Notice.objects.get(kind="scheme-adopted").recipient == headoffice


def test_whoever_stands_below_head_office_proposes_none(propose, head, president):
    for actor in (head, president):
        with pytest.raises(NotYours):
            propose(actor=actor)
    assert Scheme.objects.count() == 1


def test_a_rejection_says_why(propose, second, now):
    scheme = propose()
    with pytest.raises(Refused):
        decide_scheme(scheme=scheme, actor=second, accept=False, now=now)
    assert decide_scheme(scheme=scheme, actor=second, accept=False, comment="太高", now=now).state == "rejected"


def test_who_comes_second_is_told_who_was_first(propose, second, headoffice, now):
    scheme = propose()
    stale = Scheme.objects.get(pk=scheme.pk)
    decide_scheme(scheme=scheme, actor=second, accept=True, now=now)
    with pytest.raises(TooLate, match="许可"):
        withdraw_scheme(scheme=stale, actor=headoffice, now=now)


def test_the_proposer_withdraws(propose, second, headoffice, now):
    scheme = propose()
    with pytest.raises(Refused):
        withdraw_scheme(scheme=scheme, actor=second, now=now)
    assert withdraw_scheme(scheme=scheme, actor=headoffice, now=now).state == "withdrawn"


@pytest.mark.parametrize(
    "values",
    [{"levels": [{"kind": "P", "code": "gold", "floor_cents": 0}]}, {"reason": " "}],
)
def test_faults_are_refused(propose, values):
    with pytest.raises(Refused) as refusal:
        propose(**values)
    assert refusal.value.fields
    assert Scheme.objects.count() == 1


def test_floors_out_of_order_are_refused(propose):
    with pytest.raises(Refused):
        propose(levels=table(gold=300))


def test_two_versions_do_not_begin_on_one_day(propose, second, now):
    one, other = propose(), propose()
    decide_scheme(scheme=one, actor=second, accept=True, now=now)
    with pytest.raises(Refused):
        decide_scheme(scheme=other, actor=second, accept=True, now=now)
    other.refresh_from_db()
    assert other.state == "proposed"


def test_a_computed_quarter_keeps_its_thresholds(propose, outlet, now):
    deposit(make_personal(branch=outlet, now=now), 10)
    compute()
    with pytest.raises(Refused, match="2026Q3"):
        propose(valid_from=date(2026, 9, 30))
    assert propose(valid_from=date(2026, 10, 1))


def test_a_quarter_computed_meanwhile_refuses_the_adoption(propose, second, outlet, now):
    waiting = propose(valid_from=date(2026, 9, 1))
    deposit(make_personal(branch=outlet, now=now), 10)
    compute()
    with pytest.raises(Refused, match="2026Q3"):
        decide_scheme(scheme=waiting, actor=second, accept=True, now=now)
    assert decide_scheme(scheme=waiting, actor=second, accept=False, comment="晚了", now=now).state == "rejected"


@pytest.fixture
def bank_of_three(bank, now):
    """25 万元 at 0101 and 0201 (gold), 60 万元 at 0101 (platinum)."""
    for code, wan, old in (("0101", 25, "gold"), ("0201", 25, "gold"), ("0101", 60, "platinum")):
        customer = make_personal(branch=bank[code], now=now)
        deposit(customer, wan)
        give_class(customer, old, below=1)


@pytest.mark.parametrize("computed", [False, True])
def test_a_simulation_tells_what_would_move_and_writes_nothing(bank, bank_of_three, computed):
    run = compute() if computed else None
    before = list(Proposal.objects.order_by("pk").values_list())
    found = simulate(levels=table(gold=10, platinum=25, diamond=50), quarter=QUARTER)
    assert [(m.kind, m.branch, m.old, m.new, m.verdict, m.count) for m in found] == [
        ("P", bank["0101"].pk, "gold", "platinum", "up", 1),
        ("P", bank["0101"].pk, "platinum", "diamond", "up", 1),
        ("P", bank["0201"].pk, "gold", "platinum", "up", 1),
    ]
    east = simulate(levels=table(gold=10, platinum=25), quarter=str(QUARTER), branch=bank["0100"])
    assert sum(move.count for move in east) == 2
    assert list(Proposal.objects.order_by("pk").values_list()) == before
    assert Run.objects.count() == bool(run)


def test_a_simulation_of_higher_floors_watches_first(bank, bank_of_three):
    found = simulate(levels=table(gold=30), quarter=QUARTER, branch=bank["0201"])
    assert [(m.old, m.new, m.verdict) for m in found] == [("gold", "active", "down")]


def test_the_command_prints_what_stands(bank_of_three, capsys):
    call_command("reclassify", "2026Q3", dry_run=True)
    assert "same" in (text := capsys.readouterr().out) and "platinum" in text
    assert not Run.objects.exists()
    call_command("reclassify", "2026Q3", kind="P")
    assert "2026Q3: proposed, thresholds version 1" in capsys.readouterr().out
    assert Run.objects.get().counts == {"same": 3}
    call_command("reclassify", "2026Q3")
    assert Proposal.objects.count() == 3
