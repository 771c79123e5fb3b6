"""Sign in by user name or employee number."""

from django.contrib.auth.backends import BaseBackend

from crm.staff.models import User


def axes_username(request, credentials):
    """What the lock-out counts: the person, whichever of their two names was typed."""
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    user = find_user(typed)
    return user.username if user else typed.strip().lower()[:255]


def find_user(typed: str) -> User | None:
    typed = typed.strip()
    if not typed or "\0" in typed:
        return None
    return (
        User.objects.filter(username__iexact=typed).first()
        or User.objects.filter(employee_number__iexact=typed).first()
    )


class StaffBackend(BaseBackend):
    def authenticate(self, request, username=None, password=None, **kwargs):
        if username is None or password is None:
            return None
        user = find_user(username)
        if user is None:
            User().set_password(password)  # the same time for an unknown name
            return None
        return user if user.is_active and user.check_password(password) else None

    def get_user(self, user_id):
        return (
            User.objects.filter(pk=user_id, is_active=True)
            .select_related("branch")
            .prefetch_related("role_grants")
            .first()
        )
