"""A case by its number, its customer's number, or a complainant's phone: typed in a form, never in an address, logged."""

import re
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.cases.numbers import PATTERN
from crm.lib.refusals import Refused
from crm.privacy.encryption import blind_index, normalise
from crm.privacy.log import record
from crm.privacy.models import AccessEvent

SHOWN = 20
A_DAY = 200
CASE = re.compile(PATTERN)


def find(typed: str, *, user, request, now: datetime) -> QuerySet[Case]:
    """At most SHOWN of the cases that `user` may see. Refused where the text is too short or too much was asked today."""
    text = typed.strip()[:60].replace("\0", "").upper()
    kind = "number" if text.startswith("TS") else "customer or phone"
    if len(normalise(text)) < 6:
        raise Refused(_("Enter the whole number: of the case, of the customer, or the telephone."))
    asked = AccessEvent.objects.filter(
        actor=user, action=AccessEvent.Action.SEARCH, at__gte=now - timedelta(days=1), object_type="case"
    )
    if asked.count() >= A_DAY:
        raise Refused(_("Too many searches by number today: ask the service office."))
    found = Case.objects.visible_to(user).filter(_condition(text, kind)).order_by("-received_at", "-pk")
    hits = Case.objects.filter(pk__in=list(found.values_list("pk", flat=True)[:SHOWN]))
    record(
        AccessEvent.Action.SEARCH, request=request, obj_type="case", fields=kind, now=now, result=f"{hits.count()} found"
    )  # fmt: skip
    return hits


def _condition(text: str, kind: str) -> Q:
    if kind == "number":
        return Q(number=text) if CASE.fullmatch(text) else Q(number__startswith=text[:24])
    plain = normalise(text)
    index = blind_index(plain, purpose="phone")
    by_phone = Case.objects.filter(Q(parties__phone_index=index) | Q(parties__customer__mobile_index=index))
    return Q(customer_number=plain[:24]) | Q(customer__mobile_index=index) | Q(pk__in=by_phone.values("pk"))
