"""Finding the employees whom somebody names."""

import re

from django.utils.translation import gettext as _

from crm.lib.refusals import Refused
from crm.staff.models import Branch, User

MOST = 20


def people_named(text: str, *, near: Branch) -> list[User]:
    """Active or not: who bears these employee numbers or names, somebody of `near` before others. Refused otherwise."""
    wanted = [piece.strip() for piece in re.split(r"[,;\u3001\uff0c\uff1b\n]", text.replace("\0", "")) if piece.strip()]
    if len(wanted) > MOST:
        raise _at(_("At most %(n)s employees.") % {"n": MOST})
    return list(dict.fromkeys(_one(piece, near) for piece in wanted))


def _one(text: str, near: Branch) -> User:
    number = User.objects.filter(employee_number__iexact=text.split(" ")[0]).first()
    if number:
        return number
    found = list(User.objects.named(text)[:20])
    here = [person for person in found if person.branch_id == near.pk] or found
    if not here:
        raise _at(_("No employee “%(text)s”: use the employee number.") % {"text": text[:40]})
    if len(here) > 1:
        raise _at(_("There are several “%(text)s”: use the employee number.") % {"text": text[:40]})
    return here[0]


def _at(message: str) -> Refused:
    return Refused(message, fields={"employees": [message]})
