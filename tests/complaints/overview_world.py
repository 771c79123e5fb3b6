"""What the permission matrix and the canaries meet on the pages of figures and improvement tasks."""

from datetime import timedelta

from complaints.models import CaseLoad, Improvement
from complaints.overview.improving import open_improvement
from crm.lib.dates import local_day
from tests.complaints.world import make_category

OVERVIEW_SCOPED = {"overview:improvement", "overview:finish"}
OVERVIEW_POST_ONLY = {"overview:finish"}
OVERVIEW_GET_ONLY = {f"overview:{name}" for name in ("board", "numbers", "export", "repeats", "improvements", "improvement", "reports", "report_print", "report_pdf")}  # fmt: skip
# Loads of files are the whole bank's: whoever holds the right reads them all.
LOAD_BANKWIDE = {"complaint_loads:load", "complaint_loads:refused"}
# Addresses that show cases in other ways: whoever may not open them gets 403, nobody reads a name there.
OVERVIEW_ADDRESSES = [
    "/complaints/?tab=all&state=any", "/complaints/?tab=branch&state=any", "/complaints/?state=any&figure=received", "/complaints/board/?tab=all&by=state",
    "/complaints/numbers/?by=product", "/complaints/numbers/?by=tier", "/complaints/register/?tab=all&state=any&format=csv",
    *(f"/complaints/repeats/?ground={ground}" for ground in ("customer", "person", "employee", "cause")), "/complaints/reports/paper/?period=2026",
]  # fmt: skip


def open_task(*, branch, owner, actor, now, cause=None, weeks=4, days=10, text="窗口增开一个") -> Improvement:
    return open_improvement(
        cause=cause or make_category(), branch=branch, text=text, owner=owner, due_on=local_day(now) + timedelta(days=days), weeks=weeks, actor=actor, now=now
    )  # fmt: skip


def add_overview(found: dict, cast: dict, bank: dict, now) -> None:
    """Into `found[place]`: an improvement task under way, and a load of a file."""
    for place, code, head in (("here", "0101", "head"), ("there", "0201", "stranger_head")):
        found[place]["load"] = CaseLoad.objects.create(
            profile="cfpb", file_name="x.csv", sha256=code * 16, started_at=now, finished_at=now, branch=bank[code]
        )
        found[place]["improvement"] = open_task(branch=bank[code], owner=cast[head], actor=cast[head], now=now)


def overview_arguments(world: dict) -> dict:
    """URL arguments by name, for one place."""
    if "improvement" not in world:
        return {}
    loads = {name: {"pk": world["load"].pk} for name in LOAD_BANKWIDE}
    return loads | {name: {"number": world["improvement"].number} for name in OVERVIEW_SCOPED}
