"""Only a confirmation changes classes: each change with its evidence, once."""

from datetime import date, timedelta

import pytest

from archives.classification.selectors import class_history, class_of, flow, near_border, proposals_of
from archives.classification.services import confirm_unit, override
from archives.models import ClassChange, CustomerClass, Run, Unit
from crm.jobs.models import JobRun
from crm.lib.refusals import Refused, TooLate
from crm.notifications.models import Notice
from tests.archives import make_personal
from tests.classification.engine import AFTER, QUARTER, WAN, compute, deposit, give_class, moment, proposal_of

pytestmark = pytest.mark.django_db
DAY = date(2026, 10, 20)
AT = moment(2026, 10, 20, 16)


@pytest.fixture
def people(bank, manager, now):
    """First, up, down, watched and unchanged in 0101; one in 0201."""
    wanted = {"first": ("", 0, 30), "up": ("ordinary", 1, 300), "down": ("gold", 1, 1), "watch": ("gold", 0, 6), "same": ("gold", 1, 30)}  # fmt: skip
    found = {}
    for name, (code, below, wan) in wanted.items():
        found[name] = make_personal(branch=bank["0101"], manager=manager, now=now)
        deposit(found[name], wan)
        if code:
            give_class(found[name], code, below=below)
    found["there"] = make_personal(branch=bank["0201"], now=now)
    deposit(found["there"], 30)
    return found


@pytest.fixture
def run(people):
    found = compute()
    Run.objects.filter(state="held").update(state="proposed")
    found.refresh_from_db()
    return found


def unit_at(run, code="0100") -> Unit:
    return Unit.objects.get(run=run, branch__code=code)


def confirm(unit, actor, **fields):
    values = {"version": unit.version, "meeting_number": "KF-2026Q3-0100", "effective_on": DAY, "now": AT} | fields
    return confirm_unit(unit=unit, actor=actor, **values)


def classes() -> list:
    return sorted(
        CustomerClass.objects.values_list("customer", "code", "rank", "since", "average_cents", "below", "run")
    )


def changes() -> list:
    return sorted(ClassChange.objects.values_list("customer", "old_code", "new_code", "run"))


def test_nothing_changes_before_the_confirmation(people, run):
    assert class_of(people["up"]).code == "ordinary"
    assert not ClassChange.objects.exists()


def test_a_confirmed_unit_changes_its_customers_and_nobody_else(people, run, president):
    unit = confirm(unit_at(run), president)
    assert (unit.state, unit.confirmed_by, unit.meeting_number, unit.effective_on) == (
        "confirmed",
        president,
        "KF-2026Q3-0100",
        DAY,
    )
    kept, fresh = date(2026, 1, 1), DAY
    found = {name: class_of(customer) for name, customer in people.items()}
    assert {n: (c.code, c.rank, c.since, c.below) for n, c in found.items() if c} == {
        "first": ("gold", 2, fresh, 0),
        "up": ("diamond", 4, fresh, 0),
        "down": ("ordinary", 0, fresh, 0),
        "watch": ("gold", 2, kept, 1),
        "same": ("gold", 2, kept, 0),
    }
    assert all(c.run == run for c in found.values() if c)
    assert found["watch"].average_cents == 6 * WAN
    assert found["there"] is None


def test_each_change_carries_its_evidence(people, run, president):
    confirm(unit_at(run), president)
    assert {c.customer_id: (c.old_code, c.new_code, c.verdict) for c in ClassChange.objects.all()} == {
        people["first"].pk: ("", "gold", "first"),
        people["up"].pk: ("ordinary", "diamond", "up"),
        people["down"].pk: ("gold", "ordinary", "down"),
    }
    change = class_history(people["up"]).get()
    assert (change.average_cents, change.scheme, change.run) == (300 * WAN, run.scheme, run)
    assert (change.meeting_number, change.effective_on, change.at) == ("KF-2026Q3-0100", DAY, AT)
    assert (change.unit, change.is_override) == (unit_at(run), False)


def test_confirming_twice_changes_nothing(people, run, president, headoffice):
    seen = unit_at(run)
    confirm(seen, president)
    before = (classes(), changes())
    with pytest.raises(TooLate, match=president.name):
        confirm(seen, headoffice)
    with pytest.raises(TooLate, match=president.name):
        confirm(unit_at(run), headoffice)
    assert (classes(), changes()) == before


def test_the_run_is_confirmed_with_its_last_unit(run, president, headoffice):
    confirm(unit_at(run), president)
    run.refresh_from_db()
    assert run.state == "proposed"
    confirm(unit_at(run, "0200"), headoffice)
    run.refresh_from_db()
    assert run.state == "confirmed"


def test_hidden_and_purged_archives_are_passed_over(people, run, president):
    type(people["up"]).everyone.filter(pk=people["up"].pk).update(life="bin")
    proposal_of(people["first"]).delete()
    confirm(unit_at(run), president)
    assert class_of(people["up"]).code == "ordinary"
    assert class_of(people["first"]) is None
    assert ClassChange.objects.count() == 1


def test_an_override_wins_and_is_told_apart(people, run, head, president):
    override(
        proposal=proposal_of(people["down"]), code="gold", reason="季末已回流", approver=president, until=date(2027, 3, 31),
        actor=head, now=AT,
    )  # fmt: skip
    override(
        proposal=proposal_of(people["same"]), code="platinum", reason="代发大户", approver=president, until=date(2027, 3, 31),
        actor=head, now=AT,
    )  # fmt: skip
    confirm(unit_at(run), president)
    assert (class_of(people["down"]).code, class_of(people["down"]).below) == ("gold", 0)
    change = class_history(people["same"]).get()
    assert (change.new_code, change.verdict, change.is_override) == ("platinum", "up", True)
    assert not class_history(people["down"]).exists()


def test_a_held_run_is_not_confirmed(run, president):
    Run.objects.update(state="held")
    with pytest.raises(Refused, match="2026Q3"):
        confirm(unit_at(run), president)
    assert unit_at(run).state == "waiting"


def test_a_teller_confirms_nothing(run, teller):
    with pytest.raises(Refused):
        confirm(unit_at(run), teller)


def test_a_held_run_applies_nothing_even_without_meetings(people, settings):
    settings.RECLASSIFICATION_CONFIRM = "auto"
    assert compute().state == "held"
    assert class_of(people["up"]).code == "ordinary"


def test_without_meetings_the_run_applies_at_once(bank, now, settings):
    settings.RECLASSIFICATION_CONFIRM = "auto"
    person = make_personal(branch=bank["0101"], now=now)
    deposit(person, 30)
    assert compute().state == "confirmed"
    assert (class_of(person).code, class_of(person).since) == ("gold", date(2026, 10, 1))
    assert not Notice.objects.filter(kind="classes-proposed").exists()


def test_without_meetings_a_released_run_applies_too(people, settings, headoffice):
    from archives.classification.services import release_run

    settings.RECLASSIFICATION_CONFIRM = "auto"
    release_run(run=compute(), actor=headoffice, reason="查实", now=AFTER + timedelta(days=1))
    found = compute(now=AFTER + timedelta(days=1))
    assert found.state == "confirmed"
    assert (class_of(people["up"]).code, class_of(people["up"]).since) == ("diamond", date(2026, 10, 2))
    change = class_history(people["up"]).get()
    assert (change.meeting_number, change.unit.confirmed_by) == ("", None)
    assert JobRun.objects.get(job="reclassification").status == "done"


def test_a_later_quarter_waits_for_the_earlier_and_follows_it(people, run, president):
    """Computed before the third quarter was confirmed; decided anew when it is."""
    Account = people["watch"].accounts.model
    Account.objects.update(balance_on=date(2026, 12, 31))
    later = compute(QUARTER.next, now=moment(2027, 1, 1, 8))
    Run.objects.filter(pk=later.pk).update(state="proposed")
    assert (proposal_of(people["watch"], QUARTER.next).verdict, proposal_of(people["watch"], QUARTER.next).below) == (
        "watch",
        1,
    )
    assert proposal_of(people["up"], QUARTER.next).verdict == "up"
    with pytest.raises(Refused, match="2026Q3"):
        confirm(unit_at(later), president)
    confirm(unit_at(run), president)
    watched = proposal_of(people["watch"], QUARTER.next)
    assert (watched.verdict, watched.new_code, watched.below) == ("down", "active", 2)
    risen = proposal_of(people["up"], QUARTER.next)
    assert (risen.old_code, risen.verdict) == ("diamond", "same")
    confirm(unit_at(later), president, effective_on=date(2027, 1, 20))
    assert class_of(people["watch"]).code == "active"
    assert [c.run.quarter for c in class_history(people["watch"])] == ["2026Q4"]


def test_whoever_moved_keeps_the_class_of_the_later_quarter(bank, president, headoffice, now):
    """Of another unit by then, which confirmed first."""
    mover, neighbour = make_personal(branch=bank["0201"], now=now), make_personal(branch=bank["0101"], now=now)
    account = deposit(mover, 30, until=date(2026, 12, 31))
    deposit(neighbour, 1, until=date(2026, 12, 31))
    run = compute()
    type(mover).objects.filter(pk=mover.pk).update(branch=bank["0101"])
    day = date(2026, 10, 1)
    account.postings.create(core_key="x", booked_on=day, amount_cents=270 * WAN, loaded_on=day)
    later = compute(QUARTER.next, now=moment(2027, 1, 1, 8))
    confirm(unit_at(run), president)
    confirm(unit_at(later), president, effective_on=date(2027, 1, 20))
    confirm(unit_at(run, "0200"), headoffice, effective_on=date(2027, 1, 21))
    assert (class_of(mover).code, class_of(mover).run) == ("diamond", later)


def test_flow_and_rows_agree(people, run, bank, head, president):
    override(
        proposal=proposal_of(people["down"]), code="gold", reason="x", approver=president, until=date(2027, 3, 31),
        actor=head, now=AT,
    )  # fmt: skip
    east = [bank["0101"], bank["0102"]]
    found = flow(run, east)
    assert found == {
        "P": {("", "gold"): 1, ("ordinary", "diamond"): 1, ("gold", "gold"): 3},
    }
    for (old, new), n in found["P"].items():
        assert proposals_of(run, east, old=old, new=new).count() == n
    assert sum(flow(run)["P"].values()) == 6
    assert proposals_of(run, verdict="down").get().customer == people["down"]


def test_near_a_border_is_found(bank, now):
    names = {"low": 21, "high": 19, "middle": 30, "lowest": 1}
    made = {}
    for name, wan in names.items():
        made[name] = make_personal(branch=bank["0101"], now=now)
        deposit(made[name], wan)
    run = compute()
    assert set(near_border(run).values_list("customer", flat=True)) == {made["low"].pk, made["high"].pk}
