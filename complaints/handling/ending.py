"""Other ends of a case: withdrawn, merged into another, filed; and a dispute that goes on outside."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from complaints.cases.codes import State
from complaints.cases.models import Case
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.handling.closing import LIGHT
from complaints.handling.models import Withdrawal
from complaints.handling.stepping import at_field, ensure_step, known_means
from crm.lib.dates import local_day
from crm.lib.refusals import Refused
from crm.lib.wording import typed


@transaction.atomic
def withdraw(*, case: Case, actor, now: datetime, means: str, said_on: date | None, note: str = "") -> Withdrawal:
    """End the case because the customer takes it back, on the day this is received (Order 2020 No. 3, Art. 15)."""
    means = known_means(means)
    if said_on is None or said_on > local_day(now) or said_on < local_day(case.received_at):
        raise at_field("said_on", _("The day lies between the receipt of the case and today."))
    note = typed(note, 500, field="note", missing=_("Write what the customer said."))
    act(case=case, action=Action.WITHDRAW, actor=actor, now=now, facts={"means": means, "said_on": f"{said_on}"})
    made, _created = Withdrawal.objects.update_or_create(
        case=case, round=case.round, defaults={"means": means, "said_on": said_on, "note": note, "by": actor, "at": now}
    )
    return made


def same_people(case: Case) -> QuerySet[Case]:
    """Other cases of the same customer, or of a person with the same telephone."""
    indexes = [index for index in case.parties.values_list("phone_index", flat=True) if index]
    same = Q(parties__phone_index__in=indexes) if indexes else Q(pk=None)
    if case.customer_id:
        same |= Q(customer=case.customer_id) | Q(parties__customer=case.customer_id)
    return Case.objects.filter(same).exclude(pk=case.pk).distinct()


def targets(case: Case) -> QuerySet[Case]:
    """Open cases that `case` may repeat."""
    return same_people(case).open().select_related("respondent", "cause").order_by("received_at")


@transaction.atomic
def merge(*, case: Case, target: Case, actor, now: datetime, no_new_facts: bool) -> Case:
    """End `case` as a repeat of the open `target`; it keeps its record and points there. Both are claimed."""
    ensure_step(case, Action.MERGE, actor)
    if not no_new_facts:
        raise at_field("no_new_facts", _("A repeat is merged only where it brings no new facts; new facts start the period again."))  # fmt: skip
    list(Case.objects.select_for_update().filter(pk__in=[case.pk, target.pk]).order_by("pk"))  # in one order for all
    if case.pk == target.pk or not same_people(case).filter(pk=target.pk).exists():
        raise at_field("target", _("Choose an open case of the same customer or person."))
    act(case=target, action=Action.JOIN, actor=actor, now=now, facts={"number": case.number})
    act(
        case=case, action=Action.MERGE, actor=actor, now=now, facts={"into": target.number},
        merged_into=target, is_repeat=True, repeat_of=case.repeat_of or target,
    )  # fmt: skip
    return case


@transaction.atomic
def set_dispute(*, case: Case, actor, now: datetime, way: str) -> Case:
    """Mark that it goes to mediation, arbitration or court; '' takes the mark off again."""
    if way and way not in dict(Case._meta.get_field("dispute").flatchoices):
        raise at_field("way", _("Choose mediation, arbitration or lawsuit."))
    if way == case.dispute:
        raise at_field("way", _("It is marked so already."))
    act(case=case, action=Action.DISPUTE, actor=actor, now=now, facts={"way": way, "before": case.dispute}, dispute=way)
    return case


def why_not_filed(case: Case) -> str:
    """Why the case is not filed yet; '' where it may be."""
    if case.reviewing_since:
        return _("A review is going on: file the case after it is decided.")
    if case.dispute:
        return _("It is disputed outside: file the case after that is settled.")
    if case.state == State.CLOSED and case.kind not in LIGHT:
        return _("A closed case is filed after its call-back.")
    return ""


@transaction.atomic
def file_case(*, case: Case, actor, now: datetime) -> Case:
    """归档: after the call-back, or when the case ended otherwise; kept for the years the law asks."""
    ensure_step(case, Action.ARCHIVE, actor)
    if reason := why_not_filed(case):
        raise Refused(reason)
    act(case=case, action=Action.ARCHIVE, actor=actor, now=now)
    return case
