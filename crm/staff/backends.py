"""Sign in by user name or employee number."""

from datetime import datetime
from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from crm.staff.models import User


def axes_username(request, credentials):
    """What the lock-out counts: the person, whichever of their two names was typed.

    An unknown name is counted by its hash: it may be a password that slipped into the wrong field.
    """
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    user = find_user(typed)
    return user.username if user else f"? {salted_hmac('unknown name', typed.strip().lower()).hexdigest()[:24]}"


def client_ip(request) -> str | None:
    """The caller's address: what the outermost trusted proxy saw, else the peer. Forged headers count for nothing."""
    address = request.META.get("REMOTE_ADDR", "")
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    if 0 < settings.TRUSTED_PROXIES <= len(hops):
        address = hops[-settings.TRUSTED_PROXIES].strip()
    try:
        return str(ip_address(address))
    except ValueError:
        return None


def find_user(typed: str) -> User | None:
    typed = typed.strip()
    if not typed or "\0" in typed:
        return None
    return (
        User.objects.filter(username__iexact=typed).first()
        or User.objects.filter(employee_number__iexact=typed).first()
    )


def may_sign_in(user: User, password: str, now: datetime) -> bool:
    """Whether the right password opens: not for the disabled, not an initial one used or a day old, not the demo's elsewhere."""
    stale = user.initial_password_until is not None and now >= user.initial_password_until
    demo = not settings.DEMO and constant_time_compare(password, settings.DEMO_PASSWORD)
    return user.is_active and not stale and not demo


class StaffBackend(BaseBackend):
    def authenticate(self, request, username=None, password=None, **kwargs):
        if username is None or password is None:
            return None
        user = find_user(username)
        if user is None:
            User().set_password(password)  # the same time for an unknown name
            return None
        return user if user.check_password(password) and may_sign_in(user, password, timezone.now()) else None

    def get_user(self, user_id):
        return (
            User.objects.filter(pk=user_id, is_active=True)
            .select_related("branch")
            .prefetch_related("role_grants")
            .first()
        )
