"""What the permission matrix and the canaries meet on the pages of cases: one under way here, one there."""

from complaints.cases.codes import State
from tests.complaints.clocks_world import CLOCKS_POST_ONLY, CLOCKS_SCOPED, add_clocks, clocks_arguments
from tests.complaints.handling_world import HANDLING_POST_ONLY, HANDLING_SCOPED, add_handling, handling_arguments
from tests.complaints.intake_world import INTAKE_POST_ONLY, INTAKE_SCOPED, add_intake, intake_arguments
from tests.complaints.outcome_world import OUTCOME_POST_ONLY, OUTCOME_SCOPED, add_outcomes, outcome_arguments
from tests.complaints.world import case_at

# Pages of one case, by view name: topics add theirs. Who sees which case is written out, not computed.
CASE_SCOPED: set[str] = {*HANDLING_SCOPED, *OUTCOME_SCOPED, *INTAKE_SCOPED, *CLOCKS_SCOPED}
CASE_POST_ONLY: set[str] = {*HANDLING_POST_ONLY, *OUTCOME_POST_ONLY, *INTAKE_POST_ONLY, *CLOCKS_POST_ONLY}
SEES = {
    "here": {"teller", "head", "president", "service", "headoffice", "auditor"},
    "there": {"stranger", "stranger_head", "service", "headoffice", "auditor"},
}
PEOPLE = {
    "here": ("0101", "teller", "president", "head"),
    "there": ("0201", "stranger", "headoffice", "stranger_head"),
}


def add_cases(found: dict, cast: dict, bank: dict, now, **values) -> None:
    """Into `found[place]["case"]`: a case being investigated, of the place's customer."""
    for place, (code, actor, investigator, contact) in PEOPLE.items():
        found[place]["case"] = case_at(
            State.INVESTIGATING, respondent=bank[code], actor=cast[actor], officer=cast["service"], now=now,
            investigator=cast[investigator], contact=cast[contact], customer=found[place]["customer"], **values.get(place, {}),
        )  # fmt: skip
    add_handling(found, cast, now)
    add_outcomes(found, cast, now)
    add_intake(found, cast, now)
    add_clocks(found, cast, now)


def case_arguments(world: dict) -> dict:
    """URL arguments of every page of a case, for one place."""
    if "case" not in world:
        return {}
    return (
        {name: {"number": world["case"].number} for name in CASE_SCOPED}
        | handling_arguments(world)
        | outcome_arguments(world)
        | intake_arguments(world)
        | clocks_arguments(world)
    )
