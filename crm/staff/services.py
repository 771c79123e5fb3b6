"""Changes to branches and people."""

import secrets
from datetime import date, datetime, timedelta

from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.staff.models import Absence, Branch, LoginSession, OldPassword, RoleGrant, User
from crm.staff.signals import employment_changed


def check_place(*, branch: Branch) -> None:
    """Raise ValidationError where `branch` cannot stand: a code with a slash, or below itself."""
    if "/" in branch.code:
        raise ValidationError({"code": _("A code holds no slash.")})
    own = Branch.objects.filter(pk=branch.pk).values_list("path", flat=True).first()
    if own and branch.parent and branch.parent.path.startswith(own):
        raise ValidationError({"parent": _("A branch cannot stand below itself.")})


@transaction.atomic
def place_branch(*, branch: Branch, actor: User | None = None) -> Branch:
    """Save `branch` under its parent and rewrite the paths of everything below it."""
    check_place(branch=branch)
    old = Branch.objects.filter(pk=branch.pk).values_list("path", flat=True).first()
    branch.path = f"{branch.parent.path}{branch.code}/" if branch.parent else f"/{branch.code}/"
    branch._history_user = actor
    branch.save()
    if old and old != branch.path:
        for child in Branch.objects.filter(path__startswith=old).exclude(pk=branch.pk):
            child.path = branch.path + child.path[len(old) :]
            child._history_user = actor
            child.save()
    return branch


@transaction.atomic
def close_branch(*, branch: Branch, successor: Branch, actor: User | None, reason: str) -> Branch:
    """Take `branch` out of service. Feeds that name it, or a district of it, find `successor` from now on.

    Raise ValidationError while branches stand below it, or when the district codes do not fit.
    """
    if branch.children.filter(is_active=True).exists():
        raise ValidationError(_("Branches stand below this one: move them first."))
    codes = list(dict.fromkeys([*successor.district.split(), branch.code, *branch.district.split()]))
    successor.district = " ".join(codes)
    successor.clean_fields()
    branch.is_active, branch.district = False, ""
    for row in (branch, successor):
        row._history_user, row._change_reason = actor, reason
        row.save()
    return branch


@transaction.atomic
def transfer(*, user: User, branch: Branch, actor: User | None, now: datetime) -> User:
    """Move somebody to another branch; their sessions end, so that the new scope holds at once."""
    user.refresh_from_db()
    user.branch = branch
    _save(user, actor, f"to {branch.code}", now)
    end_sessions(user=user)
    return user


@transaction.atomic
def disable(*, user: User, actor: User | None, now: datetime) -> User:
    """End somebody's access at once. People are never deleted: what they did keeps its name."""
    if actor is not None and user.pk == actor.pk:
        raise ValidationError(_("Nobody disables themselves."))
    user.refresh_from_db()
    user.is_active = False
    _save(user, actor, "disabled", now)
    end_sessions(user=user)
    return user


@transaction.atomic
def enable(*, user: User, actor: User | None, now: datetime) -> User:
    user.refresh_from_db()
    user.is_active = True
    _save(user, actor, "enabled", now)
    return user


@transaction.atomic
def grant_role(*, user: User, role: str, actor: User | None, now: datetime) -> RoleGrant:
    """Give `user` a role; it holds at their next request."""
    _not_oneself(user, actor)
    grant, new = RoleGrant.objects.get_or_create(user=user, role=role, defaults={"granted_by": actor})
    if new:
        employment_changed.send(User, user=user, actor=actor, what=f"role {role} granted", now=now)
    return grant


@transaction.atomic
def revoke_role(*, grant: RoleGrant, actor: User | None, now: datetime) -> None:
    _not_oneself(grant.user, actor)
    grant._history_user = actor
    grant.delete()
    employment_changed.send(User, user=grant.user, actor=actor, what=f"role {grant.role} revoked", now=now)


def _not_oneself(user: User, actor: User | None) -> None:
    if actor is not None and actor.pk == user.pk:
        raise ValidationError(_("Nobody changes their own roles."))


def end_session(*, session: LoginSession) -> None:
    """Sign out one browser."""
    Session.objects.filter(session_key=session.session_key).delete()
    session.delete()


def end_sessions(*, user: User) -> None:
    """Sign `user` out everywhere."""
    keys = list(LoginSession.objects.filter(user=user).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    LoginSession.objects.filter(user=user).delete()


@transaction.atomic
def give_initial_password(*, user: User, actor: User | None = None, now: datetime) -> str:
    """A random password for one use within 24 hours; returned once, stored as a hash."""
    password = f"{secrets.token_urlsafe(9)}Aa1!"
    _retire_password(user)
    user.set_password(password)
    user.must_change_password = True
    user.initial_password_until = now + timedelta(hours=24)
    user._history_user = actor
    user._change_reason = "initial password"
    user.save(update_fields=["password", "must_change_password", "initial_password_until"])
    end_sessions(user=user)
    employment_changed.send(User, user=user, actor=actor, what="initial password given", now=now)
    return password


@transaction.atomic
def change_password(*, user: User, password: str, now: datetime) -> User:
    """Set a password that the validators passed; the old hash stays among the last five."""
    _retire_password(user)
    user.set_password(password)
    user.must_change_password = False
    user.initial_password_until = None
    user.password_changed_at = now
    user._change_reason = "password changed"
    user.save(update_fields=["password", "must_change_password", "initial_password_until", "password_changed_at"])
    return user


def _retire_password(user: User) -> None:
    """Keep the hash of a password that somebody chose; those handed out do not push it out."""
    if not user.password or user.initial_password_until:
        return
    OldPassword.objects.create(user=user, password=user.password)
    keep = user.old_passwords.order_by("-pk").values_list("pk", flat=True)[:5]
    user.old_passwords.exclude(pk__in=list(keep)).delete()


def remember_language(*, user: User, language: str) -> None:
    """A preference, no employment: it leaves no history."""
    User.objects.filter(pk=user.pk).update(language=language)


def declare_absence(*, absence: Absence, actor: User) -> Absence:
    """Hand the approvals of `absence.user` to the deputy for these days."""
    absence._history_user = actor
    absence.save()
    return absence


@transaction.atomic
def cancel_absence(*, absence: Absence, actor: User, today: date) -> None:
    """Take back what is left of an absence: days that have passed stay told."""
    absence._history_user = actor
    if absence.starts < today:
        absence.ends = today - timedelta(days=1)
        absence.save()
    else:
        absence.delete()


def _save(user: User, actor: User | None, reason: str, now: datetime) -> None:
    user._history_user = actor
    user._change_reason = reason
    user.save()
    employment_changed.send(User, user=user, actor=actor, what=reason, now=now)
