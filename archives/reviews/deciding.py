"""What a monthly meeting decides: items one by one or the rest of a section at once, customers named by hand; and what
became of it: results of key attention, tasks done.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from archives.customers.models import Customer
from archives.reviews.meetings import clean, ensure_may_run, ensure_seen, hold_open, may_run, stamp
from archives.reviews.models import AgendaItem, KeyCustomer, Meeting
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.staff.models import Branch, User
from crm.staff.roles import Role

Section, Decision, Result = AgendaItem.Section, AgendaItem.Decision, KeyCustomer.Result
ABOUT_KEY = (Section.KEY, Section.EARLIER)


def choices_for(item: AgendaItem) -> list[str]:
    """The decisions that fit an item, the plainest first."""
    plain = Decision.DROP if item.section in ABOUT_KEY else Decision.NOTED
    found: list[str] = [plain] if item.section == Section.EARLIER else [plain, Decision.TASK]
    return [*found, Decision.KEY] if item.customer_id else found


def item_stamp(item: AgendaItem, entry: KeyCustomer | None = None) -> str:
    """What a form was filled from: the decision, and the result where last month's customer is assessed."""
    assessed = (entry.result, entry.result_note) if entry else ()
    return stamp(item.decision, item.note, item.owner_id, item.due_on, *assessed)


def entry_of(item: AgendaItem) -> KeyCustomer | None:
    """Last month's entry that an item of the section EARLIER assesses."""
    pk = item.facts.get("entry") if item.section == Section.EARLIER else None
    return KeyCustomer.objects.filter(pk=pk).first() if pk else None


def owners_for(branch: Branch):
    """Who may be given work by a meeting of `branch`: its people, and those who lead above it."""
    above = ["/".join(branch.path.split("/")[: n + 1]) + "/" for n in range(1, branch.path.count("/") - 1)]
    lead = Q(branch__path__in=above, role_grants__role__in=[Role.HEAD, Role.PRESIDENT])
    return User.objects.active().filter(Q(branch=branch) | lead).distinct().order_by("employee_number")


@transaction.atomic
def decide_item(
    *, item: AgendaItem, actor, decision: str, note: str = "", owner=None, due_on: date | None = None,
    result: str = "", result_note: str = "", seen: str | None = None, now: datetime,
) -> AgendaItem:  # fmt: skip
    """Decide one item of an open meeting, or open it again with an empty decision.

    `seen` is the `item_stamp` of the page: whoever comes second is told. An item of EARLIER needs the `result` of
    last month's attention too. Raise Refused with what is missing.
    """
    meeting = hold_open(meeting=item.meeting)
    actor = ensure_may_run(actor, meeting)
    fresh = AgendaItem.objects.get(pk=item.pk)
    entry = entry_of(fresh)
    ensure_seen(seen, item_stamp(fresh, entry))
    if decision and decision not in choices_for(fresh):
        raise Refused(_("This cannot be decided of this item."))
    fresh.decision, fresh.note = decision, clean(note, 300, _("Note"))
    work = decision in (Decision.TASK, Decision.KEY)
    fresh.owner, fresh.due_on = (owner, due_on) if work else (None, None)
    if work:
        _check_work(fresh, local_day(now))
    if entry is not None:
        _assess(entry, decision, result, result_note, actor, now)
    fresh.save(update_fields=["decision", "note", "owner", "due_on"])
    return fresh


def _check_work(item: AgendaItem, today: date) -> None:
    if item.owner is None or not item.owner.is_active:
        raise Refused(_("Name who does it."), fields={"owner": [_("Name who does it.")]})
    if item.due_on is None or item.due_on < today:
        raise Refused(_("Set a day, today or later."), fields={"due_on": [_("Set a day, today or later.")]})
    if not item.note:
        raise Refused(_("Write what is to be done."), fields={"note": [_("Write what is to be done.")]})


def _assess(entry: KeyCustomer, decision: str, result: str, note: str, actor, now: datetime) -> None:
    if decision and result not in (Result.DONE, Result.PARTLY, Result.NOT_DONE):
        raise Refused(_("Say what became of last month's attention."), fields={"result": [_("Choose a result.")]})
    if not decision:
        return
    _ensure_assessable(entry)
    _write_result(entry, result, note, actor, now)


def _write_result(entry: KeyCustomer, result: str, note: str, actor, now: datetime) -> None:
    entry.result, entry.result_note = result, clean(note, 300, _("What was done"))
    entry.result_by, entry.result_at = actor, now
    entry.save(update_fields=["result", "result_note", "result_by", "result_at"])


def _ensure_assessable(entry: KeyCustomer) -> None:
    """An entry is assessed until the next meeting of its branch is closed: then it is frozen for good."""
    listed = entry.meeting
    later = Meeting.objects.monthly().closed().filter(branch=listed.branch_id, period__gt=listed.period)
    if listed.is_open or later.exists():
        raise TooLate(_("The result of %(number)s can no longer be changed.") % {"number": entry.number})


@transaction.atomic
def settle_rest(*, meeting: Meeting, section: str, actor, now: datetime) -> int:
    """Decide what is still open in a section: noted, or not now for candidates; how many items that were."""
    fresh = hold_open(meeting=meeting)
    ensure_may_run(actor, fresh)
    if section not in Section.values or section == Section.EARLIER:
        raise Refused(_("Decide these one by one."))
    plain = Decision.DROP if section in ABOUT_KEY else Decision.NOTED
    return fresh.items.filter(section=section, decision=Decision.OPEN).update(decision=plain)


@transaction.atomic
def add_customer(*, meeting: Meeting, actor, number: str, why: str, now: datetime) -> AgendaItem:
    """A customer whom the rules did not find, put up for key attention with a reason in words."""
    fresh = hold_open(meeting=meeting)
    actor = ensure_may_run(actor, fresh)
    number = (number or "").strip().replace(" ", "")[:12]
    customer = Customer.objects.visible_to(actor).filter(number=number, branch=fresh.branch_id).first()
    if customer is None:
        raise Refused(_("This branch has no customer %(number)s.") % {"number": number})
    there = fresh.items.filter(section__in=ABOUT_KEY, key=f"customer:{customer.number}")
    if there.exists():
        raise Refused(_("Customer %(number)s is on the agenda already.") % {"number": customer.number})
    why = clean(why, 300, _("Reason"))
    if not why:
        raise Refused(_("Say why this customer deserves attention."))
    return AgendaItem.objects.create(
        meeting=fresh,
        section=Section.KEY,
        key=f"customer:{customer.number}",
        customer=customer,
        number=customer.number,
        facts={"manual": True, "reasons": [{"code": "other"}]},
        note=why,
    )


@transaction.atomic
def report_result(*, entry: KeyCustomer, actor, result: str, note: str, seen: str | None = None, now: datetime) -> KeyCustomer:  # fmt: skip
    """The owner of a key customer says what was done; the next meeting may judge otherwise."""
    following = Meeting.objects.monthly().open().filter(branch=entry.meeting.branch_id, period__gt=entry.meeting.period)
    for meeting in following.order_by("pk"):
        hold_open(meeting=meeting)  # not while it is being closed
    fresh = KeyCustomer.objects.select_for_update().select_related("meeting__branch").get(pk=entry.pk)
    if fresh.owner_id != actor.pk and not may_run(actor, fresh.meeting):
        raise NotYours(_("Only the owner reports what was done."))
    _ensure_assessable(fresh)
    ensure_seen(seen, stamp(fresh.result, fresh.result_note))
    if result not in (Result.DONE, Result.PARTLY, Result.NOT_DONE):
        raise Refused(_("Choose a result."), fields={"result": [_("Choose a result.")]})
    if not clean(note, 300, _("What was done")):
        raise Refused(_("Write what was done, or why not."), fields={"note": [_("Write what was done, or why not.")]})
    _write_result(fresh, result, note, actor, now)
    return fresh


@transaction.atomic
def finish_task(*, item: AgendaItem, actor, now: datetime) -> AgendaItem:
    """The owner of a task ticks it off; the decision itself stays frozen."""
    fresh = AgendaItem.objects.select_related("meeting__branch").get(pk=item.pk)
    if fresh.owner_id != actor.pk and not may_run(actor, fresh.meeting):
        raise NotYours(_("Only the owner ticks a task off."))
    if fresh.meeting.is_open or fresh.decision != Decision.TASK:
        raise Refused(_("This is no task of a closed meeting."))
    if not AgendaItem.objects.filter(pk=fresh.pk, done_on=None).update(done_on=local_day(now)):
        raise TooLate(_("This task was already ticked off."))
    fresh.refresh_from_db()
    return fresh
