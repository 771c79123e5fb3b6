"""Whom a warning tells: the person first, then the superior, then the service office. Nobody who is barred."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.apps import apps

from complaints.cases.models import Case, Respondent
from complaints.clocks.codes import MOST, THREE_DAYS, ClockKind
from complaints.clocks.models import Clock
from crm.staff.hierarchy import next_level_up
from crm.staff.models import User
from crm.staff.roles import Role

K = ClockKind
# The rest is the officer's: acknowledgement, notices of a major case, call-back, the regulator's answer.
OF_CONTACT = frozenset({K.CONTACT, K.CONTACT_RED})
OF_INVESTIGATOR = frozenset({K.PLAN, K.INTERNAL, K.STATUTORY})


@dataclass
class People:
    """Who is who in the cases of one sweep, read once."""

    barred: dict[int, set[int]]
    delegates: dict[tuple[int, int], User]
    office: list[User]
    _above: dict = field(default_factory=dict)

    @classmethod
    def of(cls, cases: list[Case]) -> "People":
        ids = {case.pk for case in cases}
        barred: dict[int, set[int]] = defaultdict(set)
        for case, employee in Respondent.objects.filter(case__in=ids).values_list("case", "employee"):
            barred[case].add(employee)
        delegations = apps.get_model("complaints", "Delegation").objects.filter(
            case__in=ids, granted=True, ended_at=None
        )
        delegates = {(row.case_id, row.round): row.to for row in delegations.select_related("to")}
        return cls(barred, delegates, list(User.objects.active().with_role(Role.SERVICE)))

    def for_warning(self, clock: Clock, level: int) -> list[User]:
        """The person at 50 %, the superior too at 80 %, the office too before the law's day and when it has passed."""
        case = clock.case
        person = self._person(clock)
        found: list[User | None] = [person] if person else [*self._office(case)]
        if level >= MOST and person:
            found.append(self._superior(case, person))
        if level >= THREE_DAYS:
            found += self._office(case)
        return list({one.pk: one for one in found if one}.values())

    def _person(self, clock: Clock) -> User | None:
        case = clock.case
        if clock.kind in OF_CONTACT:
            choice = [case.contact, case.officer]
        elif clock.kind in OF_INVESTIGATOR:
            choice = [self.delegates.get((case.pk, clock.round)), case.investigator, case.officer]
        elif clock.kind == K.REVIEW:
            choice = [self._superior(case, case.investigator)]
        else:
            choice = [case.officer]
        return next((one for one in choice if one and self._fit(case, one)), None)

    def _fit(self, case: Case, person: User) -> bool:
        return person.is_active and person.pk not in self.barred.get(case.pk, ())

    def _superior(self, case: Case, person: User | None) -> User | None:
        """The next level above the outlet concerned, or above the person where that is themselves."""
        exclude = frozenset(self.barred.get(case.pk, set()) | ({person.pk} if person else set()))
        key = (case.respondent_id, exclude)
        if key not in self._above:
            self._above[key] = next_level_up(case.respondent, exclude)
        return self._above[key]

    def _office(self, case: Case) -> list[User]:
        """The officer of the case; the whole office where it has none who may act."""
        if case.officer and self._fit(case, case.officer):
            return [case.officer]
        return [person for person in self.office if self._fit(case, person)]
