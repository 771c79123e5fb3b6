"""Who stands in for whom today. Computed when asked: open requests move with an absence and come back."""

from datetime import date

from crm.staff.models import Absence, User


def acting_deputy(user: User, today: date) -> User | None:
    """The active deputy of `user` on `today`; an absent deputy does not pass it on."""
    absence = Absence.objects.on(today).filter(user=user, deputy__is_active=True).select_related("deputy").first()
    return absence.deputy if absence else None


def principals_of(user: User, today: date) -> list[User]:
    """Everybody whose deputy `user` is on `today`."""
    return [a.user for a in Absence.objects.on(today).filter(deputy=user).select_related("user")]
