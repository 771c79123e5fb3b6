"""Making, correcting and taking back a proposal. Nothing proposed touches the archive."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from archives.changes.evidence import keep_evidence
from archives.changes.models import ChangeItem, ChangeRequest, Kind, Reason
from archives.changes.routing import route_for
from archives.changes.rows import pack, row_of, unpack
from archives.changes.rules import Action
from archives.changes.telling import tell_deciders
from archives.changes.transitions import record_event, transition
from archives.customers.fields import CUSTOMER_FIELDS, EDITABLE, PART_FIELDS
from archives.customers.models import Customer
from archives.customers.parts import PARTS
from archives.customers.values import check_together, clean, clean_row, read, read_row
from crm.lib.blanks import is_blank
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.wording import typed
from crm.staff.models import User

TRIES = 25


def propose_change(
    *, customer: Customer, proposer, kind: str, items: dict[str, str], part_items: Sequence = (), reason_code: str,
    reason_text: str, evidence: Sequence = (), token: str | None = None, base_version: int, now: datetime,
) -> ChangeRequest:  # fmt: skip
    """A pending request with one item a changed field or row; the decider is told.

    `items` are typed texts by field key; `part_items` (part, row id or 0, values or None to remove).
    The same `token` again returns the request it made. `proposer` None is a difference found by a feed.
    Raise Refused with what to mend; nothing is written then.
    """
    for _attempt in range(TRIES):
        earlier = _of_token(token, customer, proposer)
        if earlier:
            return earlier
        try:
            with transaction.atomic():
                return _propose(
                    customer,
                    proposer,
                    kind,
                    items,
                    part_items,
                    reason_code,
                    reason_text,
                    evidence,
                    token,
                    base_version,
                    now,
                )
        except IntegrityError:
            _refuse_second(customer, proposer, kind, token)
    raise Refused(_("Too many proposals at once: try again."))


def _of_token(token: str | None, customer: Customer, proposer) -> ChangeRequest | None:
    """The request that the same form made already: a double click, or the back button."""
    return ChangeRequest.objects.filter(token=token, customer=customer, proposer=proposer).first() if token else None


def _propose(customer, proposer, kind, items, part_items, reason_code, reason_text, evidence, token, base_version, now):
    today = local_day(now)
    may_propose(customer, proposer)
    reason_text = clean_reason(reason_code, reason_text)
    customer = Customer.objects.select_related("branch", "manager").get(pk=customer.pk)
    changes = _changes(customer, kind, items, part_items, today, proposer)
    _refuse_outdated(customer, changes, base_version)
    if proposer is not None:
        _need_evidence(changes, evidence)
    assignee, route = route_for(subject=customer, proposer=proposer, today=today)
    request = ChangeRequest.objects.create(
        number=next_number(now),
        customer=customer,
        branch=customer.branch,
        kind=kind,
        token=token or None,
        base_version=base_version,
        reason_code=reason_code,
        reason_text=reason_text,
        proposer=proposer,
        submitted_at=now,
        assignee=assignee,
        route=route,
    )
    _write_items(request, changes)
    record_event(request=request, action=Action.SUBMIT, before="", actor=proposer, reason=reason_text, now=now)
    tell_deciders(request=request, kind="change-submitted", now=now)
    keep_evidence(request=request, files=evidence, actor=proposer, now=now)
    return request


def _changes(customer: Customer, kind: str, items, part_items, today, proposer) -> list[ChangeItem]:
    """What would really change. Raise Refused where that is nothing, or more than `kind` may do."""
    changes = field_changes(customer, items, today) + row_changes(customer, part_items, today, proposer)
    if not changes:
        raise Refused(_("Nothing would change: every value is already so in the archive."))
    if kind == Kind.SUPPLEMENT and any(not is_blank(item.old) for item in changes):
        raise Refused(_("A supplement only fills what is empty: propose an edit to change a value."))
    return changes


def _refuse_outdated(customer: Customer, changes: list[ChangeItem], base_version: int) -> None:
    """A proposal written in ignorance of the present values is refused: the proposer looks again first."""
    if base_version >= customer.version:
        return
    then = customer.history.filter(version=base_version).order_by("-history_id").first()
    if then is None:
        return
    stale = [item for item in changes if _changed_since(then, item)]
    if stale:
        message = _("The archive changed while you were writing: look at the present value.")
        fields = {item.field: [message] for item in stale if not item.field.startswith("part:")}
        raise Refused(message, fields=fields)


def _changed_since(then, item: ChangeItem) -> bool:
    if not item.field.startswith("part:"):
        return read(then, item.field) != item.old
    rows = PARTS[item.field.removeprefix("part:")].history
    return bool(item.row) and rows.filter(id=item.row, history_date__gt=then.history_date).exists()


def may_propose(subject, proposer) -> None:
    """Raise NotYours where `proposer` may not propose about `subject`, a customer or an intelligence item."""
    if proposer is None:
        return
    proposer = User.objects.get(pk=proposer.pk)  # rights as they are now
    if not proposer.is_active or not proposer.has_perm("archives.propose_change"):
        raise NotYours(_("Your role does not include proposing changes."))
    if not type(subject).objects.visible_to(proposer).filter(pk=subject.pk).exists():
        raise NotYours(_("This archive lies outside your branch."))


def clean_reason(reason_code: str, reason_text: str) -> str:
    if reason_code not in Reason.values:
        raise Refused(_("Choose a reason."), fields={"reason_code": [_("Choose a reason.")]})
    return typed(
        reason_text, 500, field="reason_text", missing=_("Explain the change: the reason stays with the record.")
    )


def field_changes(customer: Customer, items: dict[str, str], today) -> list[ChangeItem]:
    """Items whose clean value differs from the live one. Raise Refused with messages by field."""
    values = {key: read(customer, key) for key in EDITABLE}
    proposed, errors = {}, {}
    for key, text in items.items():
        if key not in EDITABLE or customer.kind not in CUSTOMER_FIELDS[key].kinds:
            raise Refused(_("This field is not changed by proposals: %(key)s.") % {"key": str(key)[:40]})
        try:
            proposed[key] = clean(CUSTOMER_FIELDS[key], text, kind=customer.kind, today=today)
        except ValidationError as error:
            errors[key] = error.messages
    moved = {key: text for key, text in proposed.items() if text != values[key]}
    if not errors and moved:
        try:
            merged = check_together(values | moved, kind=customer.kind, today=today, touched=set(moved))
            moved |= {key: merged[key] for key in EDITABLE if merged.get(key, "") != values[key]}
        except ValidationError as error:
            errors = {key: messages for key, messages in error.message_dict.items()}
        if moved.get("name", "-") == "":
            errors["name"] = [_("A name can be corrected, not taken away.")]
    if errors:
        raise Refused(_("Some values cannot be right: see the fields."), fields=errors)
    return [ChangeItem(field=key, old=values[key], new=text) for key, text in moved.items()]


def row_changes(customer: Customer, part_items, today, proposer=None) -> list[ChangeItem]:
    """Items of parts: a new row (id 0), a changed one, or one to remove (values None)."""
    changes = []
    for part, pk, values in part_items:
        if part not in PART_FIELDS or customer.kind not in PART_FIELDS[part].fields[0].kinds:
            raise Refused(_("The archive has no such part."))
        row = row_of(customer, part, pk) if pk else None
        old = read_row(part, row) if row else {}
        new = {} if values is None else _clean_part(customer, part, values, today, proposer)
        if old != new:
            changes.append(ChangeItem(field=f"part:{part}", row=pk or 0, old=pack(old), new=pack(new)))
    return changes


def _clean_part(customer: Customer, part: str, values: dict, today, proposer) -> dict[str, str]:
    try:
        new = clean_row(part, values, kind=customer.kind, today=today)
    except ValidationError as error:
        raise Refused(_("Some values cannot be right: see the fields."), fields=error.message_dict) from error
    others = Customer.objects.visible_to(proposer) if proposer else Customer.objects.all()
    if part == "relation" and not others.filter(number=new["other"]).exclude(pk=customer.pk).exists():
        message = _("There is no other customer of this number in your scope.")
        raise Refused(message, fields={"other": [message]})
    return new


def _need_evidence(changes: list[ChangeItem], evidence, kept: bool = False) -> None:
    """Name and identity need evidence, except where they fill a blank."""
    if evidence or kept:
        return
    for item in changes:
        if not is_blank(item.old) and is_key(item):
            message = _("Changing %(field)s needs evidence: attach a copy of the document.") % {"field": label_of(item)}
            raise Refused(message, fields={"evidence": [message]})


def is_key(item: ChangeItem) -> bool:
    if item.field.startswith("part:"):
        return any(f.key_field for f in PART_FIELDS[item.field.removeprefix("part:")].fields)
    return CUSTOMER_FIELDS[item.field].key_field


def label_of(item: ChangeItem) -> str:
    from archives.customers.fields import PART_LABELS

    if item.field.startswith("part:"):
        return str(PART_LABELS[item.field.removeprefix("part:")])
    return str(CUSTOMER_FIELDS[item.field].label)


def _write_items(request: ChangeRequest, changes: list[ChangeItem]) -> None:
    for item in changes:
        item.request, item.round = request, request.round
    ChangeItem.objects.bulk_create(changes)


def next_number(now: datetime) -> str:
    """XG, the day, and a count within it; two at once collide on the unique number and try again."""
    head = f"XG{local_day(now):%Y%m%d}-"
    last = (
        ChangeRequest.objects.filter(number__startswith=head)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    return f"{head}{int(last.removeprefix(head)) + 1 if last else 1:05d}"


def _refuse_second(customer, proposer, kind: str, token) -> None:
    """After a collision: the friendly answer where an open request of the same kind stands in the way."""
    if _of_token(token, customer, proposer):
        return
    open_one = ChangeRequest.objects.open().filter(customer=customer, proposer=proposer, kind=kind).first()
    if open_one and proposer is not None:
        raise Refused(
            _("You have an open request on this archive already: %(number)s. Correct or withdraw that one.")
            % {"number": open_one.number},
            request=open_one,
        )


def withdraw_change(*, request: ChangeRequest, actor, now: datetime) -> ChangeRequest:
    """The proposer takes a pending request back."""
    if request.proposer_id is None or actor.pk != request.proposer_id:
        raise NotYours(_("Only the proposer can withdraw a request."))
    with transaction.atomic():
        return transition(request=request, action=Action.WITHDRAW, actor=actor, now=now)


def resubmit_change(
    *, request: ChangeRequest, actor, items: dict[str, str], part_items: Sequence = (), reason_code: str, reason_text: str,
    evidence: Sequence = (), now: datetime,
) -> ChangeRequest:  # fmt: skip
    """The same request once more, corrected: a new round with its own items; earlier rounds stay.

    A pending request may be revised too: its earlier items were never decided, nothing approved survives.
    """
    if request.proposer_id is None or actor.pk != request.proposer_id:
        raise NotYours(_("Only the proposer can send a request again."))
    if request.is_matter:
        raise Refused(_("Withdraw this request and propose it anew."))
    with transaction.atomic():
        today = local_day(now)
        may_propose(request.customer, actor)
        reason_text = clean_reason(reason_code, reason_text)
        customer = Customer.objects.select_related("branch", "manager").get(pk=request.customer_id)
        changes = _changes(customer, request.kind, items, part_items, today, actor)
        _need_evidence(changes, evidence, kept=request.evidence.exists())
        assignee, route = route_for(subject=customer, proposer=actor, today=today)
        action = Action.REVISE if request.is_open else Action.RESUBMIT
        try:
            request = transition(
                request=request, action=action, actor=actor, now=now, reason=reason_text, round=request.round + 1,
                base_version=customer.version, reason_code=reason_code, reason_text=reason_text, submitted_at=now,
                assignee=assignee, route=route, branch=customer.branch, decided_by=None, on_behalf_of=None,
                decided_at=None, comment="", reminded_at=None, escalated_at=None, escalated_to=None,
            )  # fmt: skip
        except IntegrityError as error:
            raise TooLate(_("Another request of yours on this archive is open: withdraw that one first.")) from error
        _write_items(request, changes)
        tell_deciders(request=request, kind="change-submitted", now=now)
        keep_evidence(request=request, files=evidence, actor=actor, now=now)
    return request


def items_of(request: ChangeRequest) -> list[ChangeItem]:
    """Items of the present round."""
    return list(request.items.filter(round=request.round))


def proposed_values(request: ChangeRequest) -> tuple[dict[str, str], list]:
    """What the present round proposes, in the shape `resubmit_change` takes."""
    fields, parts = {}, []
    for item in items_of(request):
        if item.field.startswith("part:"):
            parts.append((item.field.removeprefix("part:"), item.row, unpack(item.new) or None))
        else:
            fields[item.field] = item.new
    return fields, parts
