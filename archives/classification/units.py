"""The units of a run: each sub-branch or directly managed outlet with everything below it."""

from django.db.models import QuerySet

from archives.classification.models import Proposal, Run, Unit
from crm.staff.models import Branch

MEETING = (Branch.Kind.SUB_BRANCH, Branch.Kind.DIRECT_OUTLET)


def meeting_places() -> dict[int, int]:
    """Each branch with the one whose meeting confirms its customers: the nearest sub-branch or directly managed
    outlet at or above it, the branch itself where there is none."""
    branches = {row.path: row for row in Branch.objects.all()}
    found = {}
    for path, branch in branches.items():
        places = path.strip("/").split("/")
        above = ["/" + "/".join(places[:n]) + "/" for n in range(len(places), 0, -1)]
        line = [branches[p] for p in above if p in branches]
        found[branch.pk] = next((b.pk for b in line if b.kind in MEETING), branch.pk)
    return found


def open_units(run: Run) -> int:
    """Write the units of what a run proposes; how many there are."""
    places = meeting_places()
    groups: dict[int, list[int]] = {}
    for branch in Proposal.objects.filter(run=run).order_by("branch").values_list("branch", flat=True).distinct():
        groups.setdefault(places[branch], []).append(branch)
    units = [Unit(run=run, branch_id=branch, branches=members) for branch, members in groups.items()]
    Unit.objects.bulk_create(units, ignore_conflicts=True)
    return len(units)


def unit_of(proposal: Proposal) -> Unit | None:
    """The unit that confirms a proposal; units are few."""
    units = Unit.objects.filter(run=proposal.run_id).select_related("branch", "run", "confirmed_by")
    return next((unit for unit in units if proposal.branch_id in unit.branches), None)


def proposals_of_unit(unit: Unit) -> QuerySet:
    return Proposal.objects.filter(run=unit.run_id, branch__in=unit.branches)
