"""Signing in and out, roles and employment in the access log: receivers of Django's and the staff's announcements."""

from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.backends import find_user


def signed_in(sender, request, user, **kwargs):
    record(AccessEvent.Action.SIGN_IN, request=request, actor=user)


def signed_out(sender, request, user, **kwargs):
    if user is not None:
        record(AccessEvent.Action.SIGN_OUT, request=request, actor=user)


def sign_in_failed(sender, credentials, request=None, **kwargs):
    """The line names the employee whose name was typed; other typed text may be a password and is not kept."""
    user = find_user(str((credentials or {}).get("username") or ""))
    record(
        AccessEvent.Action.SIGN_IN_FAILED,
        request=request,
        actor=user,
        obj_type="user",
        obj_id=user.pk if user else None,
        result=_result(request, user),
    )


def employment_changed(sender, user, actor, what, now, **kwargs):
    """Receives `crm.staff.signals`: who changed whose role, branch or access."""
    record(AccessEvent.Action.ROLE, actor=actor, obj_type="user", obj_id=user.pk, label=str(user), fields=what, now=now)


def _result(request, user) -> str:
    if getattr(request, "axes_locked_out", False):
        return "locked"
    return "" if user else "unknown name"
