"""Write notices in the transaction of what they tell, and mark them read."""

from django.db import IntegrityError, transaction

from crm.notifications.kinds import KINDS
from crm.notifications.models import Notice


def notify(*, recipient, kind, params, link="", now, dedupe_key=None) -> Notice | None:
    """Tell `recipient`; None when `dedupe_key` was told already or the recipient is disabled.

    Call it inside the transaction that changes the world: a rollback takes the notice with it.
    `params` hold no personal data of customers. `link` is a path of this site.
    """
    if kind not in KINDS:
        raise LookupError(f"Declare the notice kind {kind!r} in crm/notifications/kinds.py.")
    if link and (not link.startswith("/") or link.startswith("//")):
        raise ValueError(f"A notice links to a path of this site, not to {link!r}.")
    if not recipient.is_active or (dedupe_key and Notice.objects.filter(dedupe_key=dedupe_key).exists()):
        return None
    try:
        with transaction.atomic():
            return Notice.objects.create(
                recipient=recipient, kind=kind, params=params, link=link, dedupe_key=dedupe_key, created_at=now
            )
    except IntegrityError:
        if dedupe_key and Notice.objects.filter(dedupe_key=dedupe_key).exists():
            return None
        raise


def mark_read(*, actor, notice_id: int, now) -> None:
    """Mark one of the actor's own notices; somebody else's id changes nothing."""
    Notice.objects.of(actor).unread().filter(pk=notice_id).update(read_at=now)


def mark_all_read(*, actor, now) -> int:
    """Mark what was written until `now`; a notice that arrives meanwhile stays unread."""
    return Notice.objects.of(actor).unread().filter(created_at__lte=now).update(read_at=now)
