"""Archives that look dead, as the page lists them: the evidence in words, twins as far as the reader may know of them."""

from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archives.changes.models import ChangeRequest, Kind
from archives.customers.masking import name_for
from archives.customers.models import Customer
from archives.retention.models import DeadCandidate
from archives.retention.twins import DOCUMENT, MOBILE, NAME

Rule = DeadCandidate.Rule


@dataclass
class Twin:
    """Outside the reader's scope only the branch is told: `number` and `merge_url` stay empty."""

    number: str
    name: str
    branch: str
    why: str
    merge_url: str = ""


@dataclass
class Line:
    candidate: DeadCandidate
    name: str
    text: str
    category: str
    twins: list[Twin] = field(default_factory=list)
    request: ChangeRequest | None = None


def visible_candidates(user, *, dismissed: bool) -> QuerySet[DeadCandidate]:
    """Candidates among live archives in scope, still to be looked at or dismissed."""
    rows = DeadCandidate.objects.filter(customer__in=Customer.objects.visible_to(user).values("pk"))
    return rows.filter(dismissed_by__isnull=not dismissed).select_related("customer__branch", "dismissed_by")


def lines(candidates: list[DeadCandidate], *, user) -> list[Line]:
    """Lines for the candidates of a page; three queries in all."""
    twins = _twins(candidates, user)
    matters = ChangeRequest.objects.open().filter(kind__in=[Kind.DELETE, Kind.MERGE])
    open_ones = {row.customer_id: row for row in matters.filter(customer__in=[c.customer_id for c in candidates])}
    return [
        Line(
            candidate=one,
            name=name_for(user, one.customer),
            text=evidence_text(one),
            category="duplicate" if one.rule == Rule.DUPLICATE else "dead",
            twins=[twins(one, *pair) for pair in one.evidence.get("others", {}).items()],
            request=open_ones.get(one.customer_id),
        )
        for one in candidates
    ]


def evidence_text(candidate: DeadCandidate) -> str:
    """The evidence in one sentence; of twins the page tells more."""
    told = candidate.evidence
    if candidate.rule == Rule.NO_ACCOUNT:
        contact = told["contact"] or _("never")
        sentence = _("Opened on %(opened)s, never an account; last contact: %(contact)s.")
        return sentence % {"opened": told["opened"], "contact": contact}
    if candidate.rule == Rule.CLOSED:
        n = told["accounts"]
        sentence = ngettext("%(n)s account, closed on %(day)s.", "%(n)s accounts, the last closed on %(day)s.", n)
        return sentence % {"n": n, "day": told["closed"]}
    if candidate.rule == Rule.UNREACHABLE:
        return _("Tried on %(days)s and not reached since.") % {"days": _(", ").join(told["days"])}
    if candidate.rule == Rule.DECEASED:
        return _("Deceased; the estate was settled, noted for %(day)s.") % {"day": told["settled"]}
    n = len(told["others"])
    return ngettext("%(n)s archive looks like the same customer.", "%(n)s archives look like the same customer.", n) % {
        "n": n
    }


def _twins(candidates: list[DeadCandidate], user):
    numbers = {number for one in candidates for number in one.evidence.get("others", {})}
    known = {row.number: row for row in Customer.objects.filter(number__in=numbers).select_related("branch")}
    seen = set(Customer.objects.visible_to(user).filter(number__in=numbers).values_list("number", flat=True))

    def twin(candidate: DeadCandidate, number: str, why: list[str]) -> Twin:
        other = known.get(number)
        words = _(", ").join(why_text(reason) for reason in why)
        if other is None or number not in seen:
            return Twin("", "", other.branch.name if other else "", words)
        url = merge_url(candidate.customer, other) if other.kind == candidate.customer.kind else ""
        return Twin(number, name_for(user, other), other.branch.name, words, url)

    return twin


def why_text(reason: str) -> str:
    words = {DOCUMENT: _("same document"), NAME: _("same name and birth date"), MOBILE: _("same mobile and birth date")}
    return words.get(reason, reason)


def merge_url(one: Customer, other: Customer) -> str:
    """Where to propose that the fuller archive (else the older number) takes the other one in; '' without a merge."""
    survivor, gone = sorted((one, other), key=lambda customer: (-customer.completeness, customer.number))
    try:
        return f"{reverse('stewardship:merge', args=[survivor.number])}?other={gone.number}"
    except NoReverseMatch:
        return ""
