"""A closed case in which somebody wrote something everywhere: every text of every table that hangs on it is a word."""

from datetime import time, timedelta

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from archives.customers.links import links
from complaints.cases.rules import Action
from complaints.clocks.acting import act
from complaints.models import (
    Acknowledgement,
    Apology,
    Briefing,
    BriefingCase,
    CallBack,
    Case,
    CaseFile,
    Clock,
    ClockShift,
    Contact,
    Delegation,
    Extension,
    Investigation,
    LobbyEvent,
    Party,
    Pause,
    Recusal,
    Redress,
    Reply,
    Resolution,
    Respondent,
    Review,
    Supplement,
    Transfer,
    Withdrawal,
)
from crm.privacy import log
from tests.complaints.world import case_at
from tests.retention.places import Words

CASE = next(link for link in links() if link.key == "complaints.case.customer")


def furnish_case(customer, cast, at, words: Words) -> Case:
    """Called back at about `at`, by the steps that people take; then a row in every place, and words in all of them."""
    people = {"officer": cast["service"], "investigator": cast["president"], "contact": cast["head"]}
    case = case_at(
        "closed", respondent=customer.branch, actor=cast["teller"], customer=customer, now=at, name=words(), phone=words(), **people
    )  # fmt: skip
    act(case=case, action=Action.CALL_BACK, actor=cast["headoffice"], now=at, satisfaction="5")
    _rows(case, cast, at)
    _words(case, words)
    log.record("reveal", actor=cast["service"], obj_type="case", obj_id=case.pk, label=case.number, reason=words(), now=at)  # fmt: skip
    return case


def _rows(case: Case, cast, at) -> None:
    by, other, one = cast["teller"], cast["head"], {"case": case, "round": 1}
    Acknowledgement.objects.create(**one, sent_at=at, sent_by=by, means="sms", limit_on=at.date())
    Supplement.objects.create(**one, customer=None, text="x", by=by, at=at)
    Delegation.objects.create(**one, to=other, asked_by=by, asked_at=at)
    Redress.objects.create(**one, kind="refund", amount_cents=5000, proposed_by=by, proposed_at=at)
    CallBack.objects.create(**one, at=at, by=by, means="phone", answer="5")
    Review.objects.create(**one, asked_at=at, recorded_by=by, branch=case.respondent)
    Withdrawal.objects.create(**one, said_on=at.date(), means="phone", by=by, at=at)
    Transfer.objects.create(**one, direction="in", body="NFRA", at=at, by=by)
    Pause.objects.create(**one, reason="testing", asked_by=by, asked_at=at)
    Extension.objects.create(**one, step=1, asked_by=by, asked_at=at)
    clock = Clock.objects.filter(case=case).first() or Clock.objects.create(
        **one, kind="regulator", unit="d", amount=7, started_at=at, first_due_at=at + timedelta(days=7), due_at=at + timedelta(days=7)
    )  # fmt: skip
    ClockShift.objects.create(clock=clock, why="facts", before=at, after=at, at=at)
    Respondent.objects.create(case=case, employee=cast["lobby"], named_at=at)
    Recusal.objects.create(case=case, role="contact", person=cast["lobby"], reason="x", at=at)
    Party.objects.create(case=case, part="proxy")  # linked to nobody
    case.lobby_event = LobbyEvent.objects.create(branch=case.respondent, at=at, by=by)
    case.save(update_fields=["lobby_event"])
    briefing = Briefing.objects.create(
        branch=case.respondent, day=at.date(), kind="morning", starts=time(8), opened_at=at
    )
    BriefingCase.objects.create(briefing=briefing, case=case)
    CaseFile.objects.create(
        case=case, kind="evidence", file="x", name="x", content_type="x", size=1, sha256="0", uploaded_by=by, uploaded_at=at
    )  # fmt: skip
    assert Contact.objects.exists() and Investigation.objects.exists() and Resolution.objects.exists()
    assert Reply.objects.exists() and Apology.objects.exists()


def _words(case: Case, words: Words) -> None:
    Case.objects.filter(pk=case.pk).update(**{name: words() for name in CASE.blank})
    for below in CASE.below:
        rows = CASE.rows_below(below, [case.customer_id])
        assert rows.exists(), f"nothing of {below.model} to look at"
        row = rows.last()
        for name in texts_of(apps.get_model("complaints", below.model)) if below.gone else below.blank:
            setattr(row, name, words(row._meta.get_field(name).max_length) or getattr(row, name))
        for name in below.files:
            setattr(row, name, default_storage.save(f"cases/{words()}.pdf", ContentFile(words().encode())))
        row.save()


# Of rows that a case has: what is no free text, but a code, a number or a fingerprint.
CODES = {"number", "action", "sha256", "content_type", "round", "follow_up", "told_by_means", "body", "sex"}


def texts_of(model) -> list[str]:
    """Columns of `model` in which somebody may name a person."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if field.get_internal_type() in ("CharField", "TextField")
        and not field.choices
        and field.name not in CODES
        and not field.name.endswith("_index")
    ]
