"""Cases whose clocks tests watch: a fixed Monday, people at hand, shorthand for what runs."""

from datetime import datetime

from complaints.cases.codes import State
from complaints.clocks.models import Clock
from complaints.models import Case, Extension, Pause
from tests.complaints.test_clocks_rules import at
from tests.complaints.world import PATH, STEPS, People, make_case

MONDAY = at("2026-11-23 09:06")


def case_on(
    cast, outlet, *, received: datetime = MONDAY, to: str = State.REGISTERED, when: datetime | None = None, **fields
) -> Case:
    """A case of `outlet` received at a moment and brought to a state at once."""
    case = make_case(respondent=outlet, actor=cast["teller"], now=received, **fields)
    people = People(cast["service"], cast["president"], cast["head"])
    for target in PATH[1 : PATH.index(State(to)) + 1]:
        STEPS[target](case, people, "yes", when or received)
    case.refresh_from_db()
    return case


def clock_of(case, kind: str, round: int | None = None) -> Clock:
    return Clock.objects.get(case=case, kind=kind, round=round or case.round)


def open_kinds(case) -> set[str]:
    return set(Clock.objects.filter(case=case, stopped_at=None).values_list("kind", flat=True))


def ends(case) -> dict[str, str]:
    return dict(Clock.objects.filter(case=case).exclude(end="").values_list("kind", "end"))


PAGES = ("case", "pause", "pause_decision", "run_on", "extension", "extension_decision", "major")
CLOCKS_SCOPED = {f"clocks:{name}" for name in PAGES}
CLOCKS_POST_ONLY = CLOCKS_SCOPED - {"clocks:case"} | {"clocks:set_target", "clocks:apply"}
CLOCKS_TYPED = {"clocks:set_target", "clocks:apply"}
CLOCKS_GET_ONLY = {f"clocks:{name}" for name in ("case", "targets", "recalculate", "pauses", "warnings")}


def add_clocks(found: dict, cast: dict, now) -> None:
    """Into `found[place]`: a pause and an extension that are asked for in the place's case."""
    for place in ("here", "there"):
        case = found[place]["case"]
        asked = {"case": case, "round": case.round, "asked_by": case.investigator, "asked_at": now}
        found[place]["pause"] = Pause.objects.create(reason="testing", note="鉴定", **asked)
        found[place]["extension"] = Extension.objects.create(step=1, reason="情况复杂", **asked)


def clocks_arguments(world: dict) -> dict:
    """URL arguments by name, for one place."""
    if "pause" not in world:
        return {}
    number = {"number": world["case"].number}
    return {
        **{f"clocks:{name}": number for name in ("case", "pause", "run_on", "extension")},
        "clocks:pause_decision": number | {"pk": world["pause"].pk},
        "clocks:extension_decision": number | {"pk": world["extension"].pk},
        "clocks:major": number | {"kind": "major_notice"},
    }
