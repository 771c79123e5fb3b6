"""Reminders: documents that wait for a signature, outlets without a morning meeting."""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from complaints.briefings.models import Briefing, Document
from complaints.briefings.reading import due_for, link_to, readers
from crm.jobs.models import JobRun
from crm.jobs.periods import first_day
from crm.notifications.services import notify
from crm.staff.hierarchy import outlet_head
from crm.staff.models import Branch
from crm.workdays.services import work_calendar

JOB = "briefing-reminders"
BEFORE = timedelta(days=3)
OUTLETS = (Branch.Kind.OUTLET, Branch.Kind.DIRECT_OUTLET)


def run(*, period: str, run: JobRun, now: datetime) -> None:
    """Tell who has not signed, three days before and on the day after; tell heads of outlets without a meeting today."""
    calendar, today = work_calendar(), first_day(period)
    for document in Document.objects.in_force().select_related("scope").filter(due_on__lte=today + BEFORE):
        _remind_readers(document, calendar, today, now)
    if calendar.is_workday(today):
        _remind_heads(today, now)


def _remind_readers(document: Document, calendar, today, now) -> None:
    for person in readers(document).exclude(pk__in=document.receipts.values("person")):
        due = due_for(document, person, calendar)
        stage = "late" if today > due else "soon" if today >= due - BEFORE else ""
        if stage:
            with transaction.atomic():
                notify(
                    recipient=person, kind=f"document-{stage}", params={"title": document.title, "day": str(due)},
                    link=link_to(document), now=now, dedupe_key=f"document-{stage}:{document.pk}:{person.pk}:{due}",
                )  # fmt: skip


def _remind_heads(today, now) -> None:
    held = Briefing.objects.on(today).filter(kind=Briefing.Kind.MORNING).values("branch")
    for branch in Branch.objects.active().filter(kind__in=OUTLETS).exclude(pk__in=held):
        head = outlet_head(branch)
        if head is not None:
            with transaction.atomic():
                notify(
                    recipient=head, kind="briefing-missing", params={"branch": branch.name, "day": str(today)},
                    link=reverse("briefings:list"), now=now, dedupe_key=f"briefing-missing:{branch.pk}:{today}",
                )  # fmt: skip
