"""What a password must look like: profile `mlps3` (等保三级, the default) or `asvs` (long, no classes, no ageing)."""

import re
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.staff.roles import Role

MAX_LENGTH = 128
KEPT = 5
MIN_AGE, MAX_AGE, WARNING = timedelta(days=1), timedelta(days=90), timedelta(days=7)
CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")
ROWS = ("1234567890", "0987654321", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc")
RUN = 5
BANK_WORDS = ("tianhua", "tianhuabank", "thbank", "yinhang", "zhihang", "wangdian", "guiyuan", "天华", "银行")


def ages() -> bool:
    return settings.PASSWORD_PROFILE == "mlps3"  # noqa: S105  the profile's name


def due_at(user) -> datetime:
    """When the password of `user` becomes outdated under a profile that ages them."""
    return (user.password_changed_at or user.date_joined) + MAX_AGE


def password_is_outdated(user, now: datetime) -> bool:
    """Whether a change is forced. The demo's shared password does not age."""
    return ages() and not settings.DEMO and now >= due_at(user)


def days_left(user, now: datetime) -> int | None:
    """Days until the change is forced, within the last seven; None before."""
    left = due_at(user) - now
    warned = ages() and not settings.DEMO and timedelta(0) < left <= WARNING
    return max(1, left.days) if warned else None


def changed_too_recently(user, now: datetime) -> bool:
    """A day must lie between two changes, so that nobody runs through the last five at once."""
    forced = user.must_change_password or password_is_outdated(user, now)
    return ages() and not forced and bool(user.password_changed_at) and now - user.password_changed_at < MIN_AGE


class ProfileValidator:
    """Length, and classes of characters in the `mlps3` profile; administrators need twelve in both."""

    def validate(self, password, user=None):
        least = self.least(user)
        if len(password) < least:
            text = ngettext("At least %(n)s character is needed.", "At least %(n)s characters are needed.", least)
            raise ValidationError(text % {"n": least}, code="short")
        if len(password) > MAX_LENGTH:
            raise ValidationError(_("At most %(n)s characters.") % {"n": MAX_LENGTH}, code="long")
        if ages() and sum(bool(re.search(kind, password)) for kind in CLASSES) < 3:
            raise ValidationError(
                _("Use at least three of: small letters, capital letters, digits, other characters."), code="classes"
            )

    def least(self, user) -> int:
        admin = user is not None and user.pk and Role.ADMIN in user.roles
        return 12 if admin or not ages() else 8

    def get_help_text(self):
        if ages():
            return _("At least 8 characters (12 for administrators) of three kinds: small, capital, digit, other.")
        return _("At least 12 characters; a sentence of several words is best.")


class PersonalValidator:
    """No name, no employee number, and nothing of the bank's own."""

    def validate(self, password, user=None):
        plain = re.sub(r"[\s_.@!-]", "", password.lower())
        own = [] if user is None else [user.username, user.employee_number, user.name, digits(user.employee_number)]
        if any((len(word) >= 3 or not word.isascii()) and word.lower() in password.lower() for word in own if word):
            raise ValidationError(_("The password holds your own name or number."), code="personal")
        rest = plain
        for word in sorted(BANK_WORDS, key=len, reverse=True):
            rest = rest.replace(word, "")
        if rest != plain and len(rest) < 6:
            raise ValidationError(_("The password is little more than the name of the bank."), code="bank")

    def get_help_text(self):
        return _("Not your name, your number or the name of the bank.")


class CommonValidator:
    """Nothing from the list of common passwords, no keyboard run, no character three times in a row."""

    def validate(self, password, user=None):
        lowered = password.lower()
        core = re.sub(r"[^a-z]+$|^[^a-z]+", "", lowered)
        common = COMMON.passwords
        if lowered in common or (len(core) >= 5 and core in common and len(lowered) - len(core) <= 4):
            raise ValidationError(_("This password is among the most common ones."), code="common")
        if any(row[i : i + RUN] in lowered for row in ROWS for i in range(len(row) - RUN + 1)):
            raise ValidationError(_("The password holds a run of the keyboard or of the alphabet."), code="run")
        if re.search(r"(.)\1\1", password):
            raise ValidationError(_("The password holds the same character three times in a row."), code="repeated")

    def get_help_text(self):
        return _("No common password, no run of the keyboard, no character three times in a row.")


class HistoryValidator:
    """In the `mlps3` profile: none of the last five, and one change a day. In both: not the one in use."""

    def validate(self, password, user=None):
        if user is None or user.pk is None:
            return
        used = [user.password]
        if ages():
            if changed_too_recently(user, timezone.now()):
                raise ValidationError(_("The password was changed less than a day ago."), code="young")
            used += user.old_passwords.order_by("-pk").values_list("password", flat=True)[:KEPT]
        if any(check_password(password, old) for old in used if old):
            raise ValidationError(_("This is the password in use or one of the last five."), code="used")

    def get_help_text(self):
        return _("None of the last five; one change a day.") if ages() else ""


def digits(text: str) -> str:
    """The number inside an employee number, where it is long enough to be told by."""
    found = "".join(ch for ch in text if ch.isdigit())
    return found if len(found) >= 4 else ""


COMMON = CommonPasswordValidator()
