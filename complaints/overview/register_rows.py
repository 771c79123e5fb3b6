"""A case with everything that the register says of it, read in chunks."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property

from django.db.models import Prefetch, QuerySet

from complaints.cases.codes import Part
from complaints.cases.models import Case, Party
from complaints.handling.models import CallBack, Contact, Investigation
from complaints.overview.models import Improvement
from complaints.overview.scrubbing import scrub

CHUNK = 300


def register_rows(cases: QuerySet[Case]) -> Iterator["Entry"]:
    """Oldest first."""
    improvements = _improvements()
    rows = cases.for_page().order_by("received_at", "pk").prefetch_related(*_related())
    for case in rows.iterator(chunk_size=CHUNK):
        yield Entry(case, improvements)


def _related() -> list:
    people = Party.objects.select_related("customer")
    return [
        Prefetch("parties", people),
        Prefetch("contacts", Contact.objects.select_related("by")),
        Prefetch("investigations", Investigation.objects.filter(returned_at=None).select_related("by", "cause")),
        Prefetch("callbacks", CallBack.objects.select_related("by__branch")),
        "resolutions", "redresss", "apologies__by", "replies", "clocks", "flags", "extensions", "transfers",
        "point_proposals", "briefings", "respondent__parent", "branch__parent",
    ]  # fmt: skip


def _improvements() -> dict[int, list[Improvement]]:
    found: dict[int, list[Improvement]] = {}
    for one in Improvement.objects.select_related("branch", "owner"):
        found.setdefault(one.cause_id, []).append(one)
    return found


class Entry:
    """What the columns ask of one case; texts come without names and numbers."""

    def __init__(self, case: Case, improvements: dict[int, list[Improvement]]):
        self.case, self._improvements = case, improvements

    @cached_property
    def complainant(self) -> Party | None:
        return next((one for one in self.case.parties.all() if one.part == Part.COMPLAINANT), None)

    @cached_property
    def names(self) -> set[str]:
        """Everybody whose name may stand in what was typed."""
        people = [one.name for one in self.case.parties.all()]
        archived = [one.customer for one in self.case.parties.all()] + [self.case.customer]
        return {name for name in people + [one.name for one in archived if one] if name}

    def text(self, typed: str) -> str:
        return scrub(typed or "", self.names)

    def of_person(self, own: str, archived: str) -> str:
        """What the complainant said of themselves, else what the archive holds."""
        party = self.complainant
        said = getattr(party, own, "") if party and own else ""
        customer = (party.customer if party else None) or self.case.customer
        return said or (str(getattr(customer, archived) or "") if customer else "")

    @cached_property
    def contact(self) -> Contact | None:
        return next((one for one in self.case.contacts.all() if one.result != Contact.Result.NOBODY), None)

    @cached_property
    def report(self) -> Investigation | None:
        return next((one for one in reversed(self.case.investigations.all()) if one.signed_at), None)

    @cached_property
    def apology(self):
        return next(reversed(self.case.apologies.all()), None)

    @cached_property
    def reply(self):
        return next(reversed(self.case.replies.all()), None)

    @cached_property
    def resolution(self):
        return next(reversed(self.case.resolutions.all()), None)

    @cached_property
    def call_back(self) -> CallBack | None:
        return next(reversed(self.case.callbacks.all()), None)

    @cached_property
    def granted(self) -> list:
        return [one for one in self.case.redresss.all() if one.granted]

    def clock(self, kind: str):
        """The present round's clock of `kind`."""
        return next((one for one in self.case.clocks.all() if one.kind == kind and one.round == self.case.round), None)

    @cached_property
    def improvements(self) -> list[Improvement]:
        path = self.case.respondent.path
        return [one for one in self._improvements.get(self.case.cause_id or 0, []) if path.startswith(one.branch.path)]

    @property
    def ended_at(self) -> datetime | None:
        return self.case.closed_at
