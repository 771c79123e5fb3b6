"""The second confirmation: after the month, a third person types the number; then everything goes, or is sealed."""

from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from archives.retention.clock import reading
from archives.retention.files import remove_purged_files
from archives.retention.hanging import obstacles
from archives.retention.lives import lock_hidden, refuse_all
from archives.retention.models import Deletion, Tombstone
from archives.retention.rules import is_over, keep_until
from archives.retention.sealing import legal_end, seal
from archives.retention.shredding import shred
from archives.retention.transitions import claim, too_late
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused
from crm.staff.models import Branch, User


def confirm_purge(*, deletion: Deletion, actor, typed_number: str, now: datetime) -> Tombstone | Deletion:
    """Purge what is due for good and return its Tombstone; where the law keeps it, seal it and return the Deletion.

    `actor` is neither proposer nor approver, holds `archives.purge_archive` and has the branch in scope;
    `typed_number` is the number as it stands. Due only when the vouched clock has left the last day behind. One
    transaction for everything; files go after its commit. Raise Refused with nothing changed.
    """
    trusted = min(reading(now=now).trusted_at, now)
    with transaction.atomic():
        actor = User.objects.select_related("branch").get(pk=actor.pk)  # rights as they are now
        fresh = _open(deletion)
        refuse_stranger(fresh, actor)
        if typed_number.strip() != fresh.number:
            message = _("Type the number exactly as it stands: %(number)s.") % {"number": fresh.number}
            raise Refused(message, fields={"typed_number": [message]})
        _refuse_early(fresh, trusted)
        done = _purge(fresh, actor, trusted, now)
        transaction.on_commit(remove_purged_files, robust=True)
    return done


def _open(deletion: Deletion) -> Deletion:
    found = Deletion.objects.select_related("customer", "item", "request").filter(pk=deletion.pk).first()
    if found is None or found.state == Deletion.State.RESTORED or found.version != deletion.version:
        raise too_late(deletion)
    return found


def refuse_stranger(deletion: Deletion, actor) -> None:
    """Raise NotYours where `actor` may not confirm this purge."""
    if not actor.is_active or not actor.has_perm("archives.purge_archive"):
        raise NotYours(_("Your role does not include purging."))
    if not Branch.objects.in_scope_of(actor).filter(pk=deletion.branch_id).exists():
        raise NotYours(_("This lies outside your branch."))
    if actor.pk in (deletion.proposer_id, deletion.approver_id):
        raise NotYours(_("Whoever proposed or approved a deletion does not confirm its purge: a third person does."))


def last_day(deletion: Deletion) -> date:
    """The last day on which `deletion` cannot be purged: never less than the rule gives, whatever the row says."""
    decided = max(deletion.approved_at, deletion.request.decided_at or deletion.approved_at)
    kept = max(deletion.keep_until, keep_until(local_day(decided), settings.RETENTION_DAYS))
    return max(kept, deletion.sealed_until) if deletion.sealed_until else kept


def _refuse_early(deletion: Deletion, trusted: datetime) -> None:
    last = last_day(deletion)
    if not is_over(last, trusted):
        raise Refused(
            _("It is kept until the end of %(day)s; the clock vouches for %(today)s.")
            % {"day": last, "today": local_day(trusted)}
        )


def _purge(deletion: Deletion, actor, trusted: datetime, now: datetime) -> Tombstone | Deletion:
    deletion = claim(deletion=deletion, confirmed_by=actor, confirmed_at=now)
    subject = lock_hidden(deletion.subject)
    refuse_all(standing_in_the_way(deletion, now))
    end = legal_end(subject, merged=deletion.category == Deletion.MERGED) if deletion.customer_id else None
    if end and not is_over(end.until, trusted):
        return seal(deletion=deletion, end=end, actor=actor, now=now)
    return shred(deletion=deletion, actor=actor, now=now)


def standing_in_the_way(deletion: Deletion, now: datetime) -> list[str]:
    """Why the purge has to wait, one sentence each; asked again every day."""
    merged = deletion.category == Deletion.MERGED
    return obstacles(deletion.subject, now, request=deletion.request, merged=merged) + _entangled(deletion)


def _entangled(deletion: Deletion) -> list[str]:
    """Archives that were merged into this one and still wait in the recycle bin come first."""
    others = Deletion.objects.filter(customer__isnull=False, request__customer=deletion.customer_id)
    waiting = others.exclude(pk=deletion.pk).exclude(customer=deletion.customer_id)
    numbers = waiting.exclude(state=Deletion.State.RESTORED).values_list("number", flat=True)
    return [_("Purge first what was merged into it: %(numbers)s.") % {"numbers": ", ".join(numbers)}] if numbers else []
