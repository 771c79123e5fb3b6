"""Registrations for tests, and what the permission matrix meets on the pages of the intake."""

from itertools import count

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from complaints.intake.registering import Person
from complaints.intake.services import register
from complaints.models import Case, CaseFile, Supplement

PDF = b"%PDF-1.4\n%%EOF\n"
_tokens = count(1)
PAGES = ("retype", "supplement", "party", "respondents", "received", "acknowledgement", "acknowledgement_print", "acknowledgement_pdf", "file", "reveal", "access")  # fmt: skip
INTAKE_SCOPED = {f"intake:{page}" for page in PAGES}
INTAKE_POST_ONLY = {"intake:reveal"}
INTAKE_GET_ONLY = {"intake:file", "intake:access", "intake:acknowledgement_print", "intake:acknowledgement_pdf"}


def pdf(name="证据.pdf", content=PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def typed(outlet, **fields) -> dict:
    """What a browser sends to register a case."""
    return {
        "kind": "complaint", "level": "ordinary", "urgency": "3", "source": "counter", "people": "1",
        "facts": "排队四十分钟后被告知业务停办。", "outlet": outlet.pk, "name": "王建国", "phone": "13800001234",
        "token": f"form-{next(_tokens)}",
    } | fields  # fmt: skip


def registered(*, respondent, actor, now, name="王建国", phone="13800001234", **told) -> Case:
    """A case registered through the service; `name` empty leaves the parties to `told`."""
    if name and "parties" not in told and not told.get("is_anonymous"):
        told["parties"] = [Person(name=name, phone=phone, customer=told.get("customer"))]
    return register(
        actor=actor, now=now, source=told.pop("source", "counter"), respondent=respondent,
        facts=told.pop("facts", "柜员态度生硬。"), **told,
    )  # fmt: skip


def add_intake(found: dict, cast: dict, now) -> None:
    """Of each place's case: a file, and what was told later."""
    for place, by in (("here", cast["teller"]), ("there", cast["stranger"])):
        case = found[place]["case"]
        CaseFile.objects.create(
            case=case, file=default_storage.save("cases/evidence.pdf", ContentFile(PDF)), name="x.pdf",
            content_type="application/pdf", size=len(PDF), sha256="0" * 64, uploaded_by=by, uploaded_at=now,
        )  # fmt: skip
        Supplement.objects.create(case=case, round=1, customer=case.customer, text="客户补充", by=by, at=now)


def intake_arguments(world: dict) -> dict:
    """URL arguments by name, for one place."""
    if "case" not in world:
        return {}
    case = world["case"]
    pages = {name: {"number": case.number} for name in INTAKE_SCOPED}
    return pages | {"intake:file": {"number": case.number, "pk": case.files.filter(name="x.pdf").first().pk}}
