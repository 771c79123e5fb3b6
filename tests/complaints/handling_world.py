"""What the permission matrix and the canaries meet on the pages of a case up to its report: a row of each."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from complaints.models import CaseFile, Delegation, Investigation

OFFICE = {"accept", "refuse", "assign", "reassign", "forward", "decide_delegate"}
ACTS = {"escalate", "contact", "declare", "delegate", "evidence", "report_file"}
READ = {"case", "evidence_file", "report_print", "report_document"}
HANDLING_SCOPED = {f"complaints:{name}" for name in OFFICE | ACTS | READ | {"report"}}
HANDLING_POST_ONLY = {f"complaints:{name}" for name in OFFICE | ACTS}
HANDLING_GET_ONLY = {f"complaints:{name}" for name in READ | {"desk", "about_me"}}


def add_handling(found: dict, cast: dict, now) -> None:
    """Into `found[place]`: a delegation asked for, a file of the investigation, a filed report of the place's case."""
    for place, to in (("here", cast["manager"]), ("there", cast["stranger_head"])):
        world, case = found[place], found[place]["case"]
        world["delegation"] = Delegation.objects.create(
            case=case, round=case.round, to=to, reason="外出", asked_by=case.investigator, asked_at=now
        )  # fmt: skip
        name = default_storage.save("cases/found.pdf", ContentFile(b"%PDF-1.4\n"))
        world["found_file"] = CaseFile.objects.create(
            case=case, round=case.round, kind=CaseFile.Kind.INVESTIGATION, file=name, name="监控.pdf", sha256="0" * 64,
            content_type="application/pdf", size=9, uploaded_by=case.investigator, uploaded_at=now,
        )  # fmt: skip
        paper = default_storage.save("cases/report.pdf", ContentFile(b"%PDF-1.4\n"))
        # One of an earlier signing, returned since: its paper stays.
        world["report"] = Investigation.objects.create(
            case=case, round=case.round, by=case.investigator, facts="属实", finding="yes", signed_at=now, returned_at=now,
            document=paper, document_sha256="0" * 64,
        )  # fmt: skip


def handling_arguments(world: dict) -> dict:
    if "delegation" not in world:
        return {}
    number = {"number": world["case"].number}
    rows = {
        "decide_delegate": world["delegation"].pk, "evidence_file": world["found_file"].pk,
        "report_print": world["report"].pk, "report_document": world["report"].pk, "report_file": world["report"].pk,
    }  # fmt: skip
    return {name: number for name in HANDLING_SCOPED} | {
        f"complaints:{name}": number | {"pk": pk} for name, pk in rows.items()
    }
