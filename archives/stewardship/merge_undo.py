"""Undoing a merge within its month: both archives stand again, and what was edited since is asked about first."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.apps import apps
from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from archives.changes.models import ChangeRequest, Modification
from archives.customers.codes import Life
from archives.customers.fields import CUSTOMER_FIELDS
from archives.customers.links import Link
from archives.customers.models import Customer
from archives.customers.values import read
from archives.retention.models import Deletion
from archives.retention.services import restore
from archives.stewardship.merge_fields import UNIQUE
from archives.stewardship.merge_preview import label_of
from archives.stewardship.merge_rows import REQUESTS, moving_links, repoint, requests_back
from archives.stewardship.merging import count_anew, lock_pair, tell_managers, write_modifications, write_values
from archives.stewardship.models import Merge
from crm.lib.dates import SHANGHAI, local_day
from crm.lib.refusals import Moved, NotYours, Refused, TooLate
from crm.lib.wording import typed
from crm.staff.models import User


@dataclass(frozen=True)
class LaterRows:
    """Rows of one kind since the merge: `changed` go back as they are now, `gone` cannot, `added` stay."""

    label: str
    changed: int
    gone: int
    added: int


def undo_merge(*, merge: Merge, actor, reason: str, confirmed: bool = False, seen: int | None = None, now: datetime) -> Merge:  # fmt: skip
    """Bring the merged archive back with exactly the rows that moved, and the survivor's replaced values.

    A value that was edited since stays, unless `confirmed` says that the old one is wanted nevertheless. `seen` is
    the survivor's version at which somebody looked at the later edits: another one by now is Moved. What could not
    go back is in `moved["skipped"]`, the fields kept are in `moved["kept"]`. Raise Refused (TooLate, NotYours).
    """
    reason = typed(
        reason, 300, field="reason", missing=_("Say why the merge is undone: the reason stays with the record.")
    )
    with transaction.atomic():
        merge, survivor, loser = _locked(merge, actor)
        _refuse_ended(merge, survivor, now)
        edited = edited_fields(merge, survivor, loser)
        if seen is not None and seen != survivor.version:
            raise Moved(_("The archive has changed since you opened this page: look at the later edits again."))
        before = json.loads(merge.before)
        values = {key: text for key, text in before["survivor"].items() if confirmed or key not in edited}
        _claim(merge, actor, reason, now)
        note = f"{merge.request.number} {reason}"
        skipped = _rows_back(merge, survivor, loser, note, now)
        replaced = {key: read(survivor, key) for key, text in values.items() if read(survivor, key) != text}
        survivor = write_values(survivor, values, actor=actor, reason=note, now=now)
        write_modifications(survivor, replaced, request=merge.request, actor=actor, approver=None, reason=reason, now=now)  # fmt: skip
        if before["loser"]:
            write_values(loser, before["loser"], actor=actor, reason=note, now=now)
        restore(deletion=cast(Deletion, merge.deletion), actor=actor, reason=reason, now=now, undoing_merge=True)
        skipped |= _requests_back(merge, survivor, now)
        merge.moved |= {"skipped": skipped, "kept": [] if confirmed else edited}
        merge.save(update_fields=["moved"])
        count_anew(survivor, loser, now)
        tell_managers(merge, kind="merge-undone", who=actor, now=now)
    return merge


def _locked(merge: Merge, actor) -> tuple[Merge, Customer, Customer]:
    """The merge with both archives locked and freshly read; NotYours for who may not restore the survivor."""
    actor = User.objects.select_related("branch").get(pk=actor.pk)  # rights as they are now
    if not actor.is_active or not actor.has_perm("archives.restore_archive"):
        raise NotYours(_("Your role does not include undoing a merge."))
    keys = Merge.objects.filter(pk=merge.pk).values_list("survivor", "loser").first()
    if keys is None or keys[1] is None:
        raise Refused(_("The merged archive has been purged: it cannot come back."))
    try:
        survivor, loser = lock_pair(*keys)
    except Customer.DoesNotExist as error:
        raise Refused(_("The merged archive has been purged: it cannot come back.")) from error
    fresh = Merge.objects.select_related("request", "deletion", "undone_by").get(pk=merge.pk)
    if fresh.version != merge.version:
        raise _too_late(fresh)
    if survivor.life == Life.ACTIVE and not Customer.objects.visible_to(actor).filter(pk=survivor.pk).exists():
        raise NotYours(_("This archive lies outside your branch."))
    return fresh, survivor, loser


def _refuse_ended(merge: Merge, survivor: Customer, now: datetime) -> None:
    if merge.state != Merge.State.APPLIED:
        raise _too_late(merge)
    if local_day(now) > merge.undo_until:
        message = _("The merge could be undone until %(day)s.")
        raise Refused(message % {"day": merge.undo_until.isoformat()})
    if merge.deletion is None:
        raise Refused(_("The merged archive has been purged: it cannot come back."))
    later = _carried_on(merge)
    if later is not None:
        message = _("The remaining archive was merged on: undo %(number)s first.")
        raise Refused(message % {"number": later.request.number})
    if survivor.life != Life.ACTIVE:
        raise Refused(_("The remaining archive %(number)s is in the recycle bin: restore it first.") % {"number": survivor.number})  # fmt: skip


def _carried_on(merge: Merge) -> Merge | None:
    """The later merge that took this one's remaining archive away."""
    later = Merge.objects.filter(state=Merge.State.APPLIED, survivor=merge.survivor_id, pk__gt=merge.pk)
    key = "archives.merge.survivor"
    return next((one for one in later.select_related("request") if merge.pk in one.moved["rows"].get(key, [])), None)


def _claim(merge: Merge, actor, reason: str, now: datetime) -> None:
    claimed = Merge.objects.filter(pk=merge.pk, state=Merge.State.APPLIED, version=merge.version).update(
        state=Merge.State.UNDONE, version=F("version") + 1, undone_by=actor, undone_at=now, undo_reason=reason
    )
    if not claimed:
        raise _too_late(Merge.objects.select_related("undone_by").get(pk=merge.pk))
    merge.refresh_from_db(fields=["state", "version", "undone_by", "undone_at", "undo_reason"])


def _too_late(merge: Merge) -> TooLate:
    if merge.state == Merge.State.UNDONE and merge.undone_by and merge.undone_at:
        when = merge.undone_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        return TooLate(_("Already undone by %(who)s at %(when)s.") % {"who": merge.undone_by.name, "when": when})
    return TooLate(_("This has changed since you opened it. Look at it again."))


def _rows_back(merge: Merge, survivor: Customer, loser: Customer, note: str, now: datetime) -> dict[str, int]:
    """Move the recorded rows back; how many of each kind could not go: deleted or moved on meanwhile."""
    skipped = {}
    for link, keys in _recorded(merge):
        done = repoint(link, keys, source=survivor, target=loser, reason=note, now=now)
        if len(done) < len(keys):
            skipped[link.key] = len(keys) - len(done)
    return skipped


def _requests_back(merge: Merge, survivor: Customer, now: datetime) -> dict[str, int]:
    """The change requests, once the archive stands again and somebody decides there; how many stayed."""
    keys = merge.moved["rows"].get(REQUESTS, [])
    loser = Customer.objects.get(pk=merge.loser_id)
    done = requests_back(keys, survivor=survivor, loser=loser, number=merge.request.number, now=now)
    return {REQUESTS: len(keys) - len(done)} if len(done) < len(keys) else {}


def _recorded(merge: Merge) -> list[tuple[Link, list[int]]]:
    rows = merge.moved["rows"]
    return [(link, rows[link.key]) for link in moving_links() if link.key in rows and link.key != REQUESTS]


def edited_fields(merge: Merge, survivor: Customer, loser: Customer) -> list[str]:
    """Keys of replaced fields that say something else by now, or were edited and edited back."""
    before = json.loads(merge.before)
    lines = Modification.objects.filter(customer=survivor, field__in=before["survivor"])
    last = lines.filter(request=merge.request).aggregate(last=Max("pk"))["last"] or 0
    touched = set(lines.filter(pk__gt=last).values_list("field", flat=True)) - set(UNIQUE)
    wrote = {key: before["loser"].get(key, read(loser, key)) for key in before["survivor"]}
    return [key for key in wrote if read(survivor, key) != wrote[key] or key in touched]


def later_fields(merge: Merge) -> list[str]:
    """Labels of other fields of the survivor that were edited since: they stay as they are."""
    lines = Modification.objects.filter(customer=merge.survivor_id, at__gt=merge.applied_at)
    keys = set(lines.exclude(request=merge.request).values_list("field", flat=True))
    keys -= set(json.loads(merge.before)["survivor"])
    return [str(field.label) for field in CUSTOMER_FIELDS.fields if field.key in keys]


def later_rows(merge: Merge) -> list[LaterRows]:
    """What happened since to the rows that moved, and which came to the survivor."""
    recorded = dict(merge.moved["rows"])
    found = [_later(link, recorded.get(link.key, []), merge) for link in moving_links()]
    return [one for one in found if one.changed or one.gone or one.added]


def _later(link: Link, keys: list[int], merge: Merge) -> LaterRows:
    model, here = apps.get_model(link.app, link.model), link.rows([merge.survivor_id])
    gone = len(keys) - here.filter(pk__in=keys).count()
    changed = added = 0
    if hasattr(model, "history"):
        since = model.history.filter(history_date__gt=merge.applied_at)
        since = since.exclude(history_change_reason=merge.request.number)  # the move itself
        changed = since.filter(id__in=keys).values("id").distinct().count()
        added = here.filter(pk__in=since.filter(history_type="+").values("id")).count()
    elif model is ChangeRequest:
        added = here.filter(submitted_at__gt=merge.applied_at).count()
    return LaterRows(label_of(link), changed, gone, added)
