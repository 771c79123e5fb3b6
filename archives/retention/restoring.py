"""Back from the recycle bin: the record and, since nothing was removed, all its relations."""

from datetime import datetime
from typing import cast

from django.db import transaction
from django.utils.translation import gettext as _

from archives.customers.codes import Life
from archives.customers.models import Customer
from archives.customers.parts import IdentityDocument
from archives.retention.lives import set_life
from archives.retention.models import Deletion
from archives.retention.transitions import claim, too_late
from crm.lib.refusals import NotYours, Refused
from crm.lib.wording import typed
from crm.staff.models import Branch, User


def restore(*, deletion: Deletion, actor, reason: str, now: datetime, undoing_merge: bool = False) -> Deletion:
    """Show what was deleted again, on any day until its purge, with a history row of `reason`.

    What a merge took away comes back only by undoing the merge, which passes `undoing_merge`. Sealed archives are
    restored by head office when the customer comes back. Raise Refused (TooLate for whoever comes second).
    """
    reason = typed(reason, 300, field="reason", missing=_("Say why it is restored: the reason stays with the record."))
    with transaction.atomic():
        actor = User.objects.select_related("branch").get(pk=actor.pk)  # rights as they are now
        may_restore(deletion, actor, undoing_merge=undoing_merge)
        if deletion.state == Deletion.State.RESTORED:
            raise too_late(deletion)
        if deletion.category == Deletion.MERGED and not undoing_merge:
            raise Refused(_("A merge took this archive away: undo the merge to get it back."))
        fresh = claim(
            deletion=deletion,
            state=Deletion.State.RESTORED,
            restored_by=actor,
            restored_at=now,
            restore_reason=reason,
        )
        if fresh.customer_id:
            _refuse_twins(fresh)
        set_life(subject=fresh.subject, life=Life.ACTIVE, actor=actor, reason=f"{fresh.request.number} {reason}", now=now)  # fmt: skip
    return fresh


def may_restore(deletion: Deletion, actor, *, undoing_merge: bool = False) -> None:
    """Raise NotYours where `actor` may not restore this."""
    allowed = actor.is_active and (undoing_merge or actor.has_perm("archives.restore_archive"))
    if deletion.state == Deletion.State.SEALED:
        allowed = allowed and actor.has_perm("archives.place_hold")  # head office
    if not allowed or not Branch.objects.in_scope_of(actor).filter(pk=deletion.branch_id).exists():
        raise NotYours(_("Your role does not include restoring this."))


def _refuse_twins(deletion: Deletion) -> None:
    """A live archive that got the same document since the deletion: two archives of one person may not stand."""
    twins = sorted(_same_document_since(deletion))
    if twins:
        raise Refused(
            _("A newer archive has the same document: %(numbers)s. Merge into that one instead of restoring.")
            % {"numbers": ", ".join(twins)}
        )


def _same_document_since(deletion: Deletion) -> set[str]:
    gone, since = cast(Customer, deletion.customer), deletion.approved_at
    live = Customer.objects.exclude(pk=gone.pk)
    found = set()
    for index in _documents(gone):
        for other in live.filter(id_index=index):
            known = Customer.history.filter(id=other.pk, id_index=index, history_date__lte=since)
            found |= set() if known.exists() else {other.number}
        rows = IdentityDocument.objects.filter(number_index=index, is_removed=False, customer__in=live)
        for row in rows.select_related("customer"):
            known = IdentityDocument.history.filter(id=row.pk, number_index=index, history_date__lte=since)
            found |= set() if known.exists() else {row.customer.number}
    return found


def _documents(customer: Customer) -> set[str]:
    further = customer.identitydocument_rows.filter(is_removed=False).values_list("number_index", flat=True)
    return {index for index in (customer.id_index, *further) if index}
