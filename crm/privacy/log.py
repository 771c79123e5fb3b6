"""Writes the access log."""

import hashlib
from datetime import datetime

import structlog
from django.utils import timezone

from crm.privacy.models import AccessEvent

logger = structlog.get_logger("access")


def record(
    action: str, *, request=None, actor=None, obj_type: str = "", obj_id: int | None = None, label: str = "",
    fields: str = "", reason: str = "", result: str = "", now: datetime | None = None,
) -> AccessEvent:  # fmt: skip
    """One line of the access log, with copies of who the actor was at that moment."""
    actor = actor or (request.user if request is not None and request.user.is_authenticated else None)
    event = AccessEvent(
        at=now or timezone.now(),
        actor=actor,
        actor_name=actor.name if actor else "",
        actor_number=actor.employee_number if actor else "",
        actor_roles=",".join(actor.roles) if actor else "",
        actor_branch=actor.branch.name if actor else "",
        action=action,
        object_type=obj_type,
        object_id=obj_id,
        object_label=label[:80],
        fields=fields[:200],
        reason=reason[:200],
        result=result[:60],
    )
    if request is not None:
        event.ip = client_address(request)
        key = request.session.session_key if hasattr(request, "session") else None
        event.session_hash = hashlib.sha256(key.encode()).hexdigest()[:32] if key else ""
        event.request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))[:40]
    event.save(force_insert=True)
    logger.info("access", action=action, object_type=obj_type, object_id=obj_id, result=result)
    return event


def client_address(request) -> str | None:
    """The caller's address; forwarded headers count only behind the configured number of proxies."""
    from axes.helpers import get_client_ip_address

    return get_client_ip_address(request) or None
