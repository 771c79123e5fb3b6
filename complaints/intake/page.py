"""What the case page shows of how the case came in."""

from dataclasses import dataclass

from complaints.cases.access import roles_of
from complaints.cases.models import Case, CaseFile
from complaints.cases.rules import Action, allowed
from complaints.intake.identity import PartyRow, Reader

# What of a case is written here, by the step that changes it.
STEPS = {
    "retype": Action.RETYPE,
    "supplement": Action.SUPPLEMENT,
    "acknowledge": Action.ACKNOWLEDGE,
}


@dataclass(frozen=True)
class Intake:
    parties: list[PartyRow]
    files: list[CaseFile]
    hidden_files: int  # not shown: they may name whoever complains
    flags: list[str]
    respondents: list
    supplements: list
    acknowledgements: list
    repeated: Case | None
    may: set[str]


def intake_of(case: Case, user) -> dict:
    """Context of `complaints/intake/_intake.html`: parties (masked where `user` may not read them), files."""
    reader = Reader(case, user)
    files = list(case.files.select_related("uploaded_by"))
    seen = may_read_files(case, user, reader)
    repeated = case.repeat_of
    if repeated and not Case.objects.visible_to(user).filter(pk=repeated.pk).exists():
        repeated = None
    return {
        "intake": Intake(
            parties=[reader.row(party) for party in case.parties.select_related("customer")],
            files=files if seen else [],
            hidden_files=0 if seen else len(files),
            flags=[str(flag) for flag in case.flags.all()],
            respondents=list(case.respondents.select_related("employee", "employee__branch")),
            supplements=list(case.supplements.select_related("by")),
            acknowledgements=list(case.acknowledgements.select_related("sent_by")),
            repeated=repeated,
            may=may_of(case, user),
        ),
    }


def may_of(case: Case, user) -> set[str]:
    """Which of the intake's own pages `user` may use now."""
    roles = roles_of(case, user)
    found = {name for name, action in STEPS.items() if allowed(case.state, action, roles, case.kind)}
    if "supplement" in found and user.has_perm("complaints.run_office"):
        found.add("received")
    if user.has_perm("archives.view_access_log"):
        found.add("access")
    return found


def may_read_files(case: Case, user, reader: Reader | None = None) -> bool:
    """Evidence may name whoever complains: only whoever may read that."""
    reader = reader or Reader(case, user)
    return reader.plain or reader.is_first
