"""Adding an item, correcting it, saying that it is still right. Deleting goes through `archives.changes.matters`."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from archives.changes.evidence import FILES
from archives.customers.models import Customer
from archives.intelligence.access import may_correct
from archives.intelligence.cleaning import clean_customers, clean_validity, clean_values
from archives.intelligence.models import Intelligence, IntelligenceCustomer, IntelligenceFile
from crm.lib.dates import SHANGHAI, local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.uploads import keep_all, read_upload
from crm.lib.wording import typed
from crm.staff.models import User

TRIES = 25
ADDED, CONFIRMED = "added", "confirmed"  # what the history says of steps without a typed reason


def add_intelligence(
    *, kind: str, title: str, text: str, source: str, source_date: date, valid_until: date | None = None,
    industries: Sequence[str] = (), customers: Sequence[str] = (), files: Sequence = (), actor, token: str | None = None,
    now: datetime,
) -> Intelligence:  # fmt: skip
    """A new item of the actor's branch, valid for a year unless said otherwise; `customers` are customer numbers.

    The same `token` again returns the item it made. Raise Refused with messages by field; nothing is written then.
    """
    for _attempt in range(TRIES):
        earlier = Intelligence.everyone.filter(token=token, created_by=actor).first() if token else None
        if earlier:
            return earlier
        actor = _present(actor)
        if not actor.has_perm("archives.add_intelligence"):
            raise NotYours(_("Your role does not include adding intelligence."))
        values = clean_values(
            kind=kind, title=title, text=text, source=source, source_date=source_date, valid_until=valid_until,
            industries=industries, today=local_day(now),
        )  # fmt: skip
        linked = clean_customers(customers, actor)
        try:
            with transaction.atomic():
                return _add(values, linked, files, actor, token, now)
        except IntegrityError:
            continue  # the number, or the same form, was taken in the same moment
    raise Refused(_("Too many at once: try again."))


def _add(values: dict, linked: list[Customer], files, actor, token, now) -> Intelligence:
    item = Intelligence(
        number=_next_number(now),
        kind=values["kind"],
        title=values["title"],
        text=values["text"],
        source=values["source"],
        source_date=values["source_date"],
        valid_until=values["valid_until"],
        industries=values["industries"],
        branch=actor.branch,
        created_by=actor,
        created_at=now,
        token=token or None,
    )
    _track(item, actor, ADDED, now)
    item.save(force_insert=True)
    _link(item, linked)
    _keep_files(item, files, actor, now)
    return item


def correct_intelligence(
    *, item: Intelligence, kind: str, title: str, text: str, source: str, source_date: date, valid_until: date | None,
    industries: Sequence[str] = (), customers: Sequence[str] = (), files: Sequence = (), reason: str, actor, now: datetime,
) -> Intelligence:  # fmt: skip
    """The item with other values, its history with `reason`; files are added. Links that the actor cannot see stay.

    Written against `item.version`: whoever comes second gets TooLate. Raise Refused with messages by field.
    """
    with transaction.atomic():
        actor = _answering(actor, item)
        reason = typed(reason, 300, field="reason", missing=_("Say why: the reason stays with the record."))
        values = clean_values(
            kind=kind, title=title, text=text, source=source, source_date=source_date, valid_until=valid_until,
            industries=industries, today=local_day(now),
        )  # fmt: skip
        linked = clean_customers(customers, actor)
        fresh = _claim(item)
        changed = [key for key, value in values.items() if getattr(fresh, key) != value]
        if not _relink(fresh, linked, actor) and not changed and not files:
            raise Refused(_("Nothing would change: every value is already so."))
        if "valid_until" in changed:
            fresh.prompted_at = None
        fresh.kind = values["kind"]
        fresh.title, fresh.text, fresh.source = values["title"], values["text"], values["source"]
        fresh.source_date, fresh.valid_until = values["source_date"], values["valid_until"]
        fresh.industries = values["industries"]
        _track(fresh, actor, reason, now)
        fresh.save()
        _keep_files(fresh, files, actor, now)
    return fresh


def confirm_intelligence(*, item: Intelligence, actor, valid_until: date | None, now: datetime) -> Intelligence:
    """Still right: valid until another day (a year from now unless said otherwise), by whom and when.

    Compare-and-set on `item.version`, like a correction.
    """
    with transaction.atomic():
        actor = _answering(actor, item)
        until = clean_validity(valid_until=valid_until, today=local_day(now))
        fresh = _claim(item)
        fresh.valid_until = until
        fresh.confirmed_by, fresh.confirmed_at, fresh.prompted_at = actor, now, None
        _track(fresh, actor, CONFIRMED, now)
        fresh.save()
    return fresh


def _present(actor) -> User:
    """The actor with the rights of this moment."""
    actor = User.objects.select_related("branch").get(pk=actor.pk)
    if not actor.is_active:
        raise NotYours(_("Your role does not include adding intelligence."))
    return actor


def _answering(actor, item: Intelligence) -> User:
    actor = _present(actor)
    if Intelligence.objects.filter(pk=item.pk).exists() and not may_correct(actor, item):
        raise NotYours(_("Only its author, or somebody who decides changes of its branch, corrects an item."))
    return actor


def _claim(item: Intelligence) -> Intelligence:
    """The row, taken from everybody else who saw the same version, and read afresh."""
    seen = Intelligence.objects.filter(pk=item.pk, version=item.version)
    if not seen.update(version=F("version") + 1):
        raise _too_late(item)
    return Intelligence.objects.select_related("branch").get(pk=item.pk)


def _too_late(item: Intelligence) -> TooLate:
    if not Intelligence.objects.filter(pk=item.pk).exists():
        return TooLate(_("This item is no longer in use: it was deleted meanwhile."))
    last = Intelligence.history.filter(id=item.pk).select_related("history_user").order_by("-history_id").first()
    when = last.history_date.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    who = last.history_user.name if last.history_user else ""
    return TooLate(
        _("Already changed by %(who)s at %(when)s: look at the present text first.") % {"who": who, "when": when}
    )


def _track(item: Intelligence, actor, reason: str, now: datetime) -> None:
    item._history_user = actor
    item._change_reason = reason
    item._history_date = now


def _link(item: Intelligence, customers: list[Customer]) -> None:
    IntelligenceCustomer.objects.bulk_create(IntelligenceCustomer(item=item, customer=row) for row in customers)


def _relink(item: Intelligence, customers: list[Customer], actor) -> bool:
    """Let the links that `actor` sees be exactly `customers`; True when that changed any."""
    seen = item.customer_links.filter(customer__in=Customer.objects.visible_to(actor).values("pk"))
    before, after = set(seen.values_list("customer", flat=True)), {row.pk for row in customers}
    item.customer_links.filter(customer__in=before - after).delete()
    _link(item, [row for row in customers if row.pk not in before])
    return before != after


def _keep_files(item: Intelligence, uploads: Sequence, actor, now: datetime) -> None:
    """Store attachments; call it last in its transaction, or a later failure leaves a file without a row."""
    if item.files.count() + len(uploads) > FILES:
        message = _("At most %(n)s files can be attached to an item.") % {"n": FILES}
        raise Refused(message, fields={"files": [message]})
    keep_all(uploads, lambda upload: _keep_file(item, upload, actor, now))


def _keep_file(item: Intelligence, upload, actor, now: datetime) -> IntelligenceFile:
    try:
        read = read_upload(upload)
    except Refused as refusal:
        raise Refused(refusal.message, fields={"files": [refusal.message]}) from refusal
    return read.keep_on(IntelligenceFile(item=item), actor=actor, now=now)


def _next_number(now: datetime) -> str:
    """HQ, the day, and a count within it; two at once collide on the unique number and try again."""
    head = f"HQ{local_day(now):%Y%m%d}-"
    numbers = Intelligence.everyone.filter(number__startswith=head).order_by("-number")
    last = numbers.values_list("number", flat=True).first()
    return f"{head}{int(last.removeprefix(head)) + 1 if last else 1:05d}"
