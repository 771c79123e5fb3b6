"""Documents that every employee reads and signs: issuing, signing, coverage."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from complaints.briefings.models import Briefing, Document, ReadReceipt
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused
from crm.lib.uploads import read_upload
from crm.lib.wording import typed
from crm.notifications.services import notify
from crm.staff.models import Branch, User
from crm.staff.roles import Role
from crm.workdays.rules import WorkCalendar

JOINER_DAYS = 5  # working days that a new joiner has for what was due before


def issue_document(
    *, title: str, text: str, scope: Branch, due_on: date, actor: User, now: datetime, upload=None, code: str = "",
    replaces: Document | None = None,
) -> Document:  # fmt: skip
    """Issue a document, or the next version of `replaces`, to everybody of `scope`; they are told. Refused with why."""
    if not actor.has_perm("complaints.issue_document"):
        raise NotYours(_("The service office or head office issues documents."))
    title = typed(title, 120, field="title", missing=_("Give the document its title."))
    text = typed(text, 8000, field="text")
    if due_on < local_day(now):
        message = _("The day by which everybody signs lies behind us: choose a later one.")
        raise Refused(message, fields={"due_on": [message]})
    if not text and upload is None:
        message = _("Attach the document, or write it here.")
        raise Refused(message, fields={"text": [message]})
    values = {"title": title, "text": text, "scope": scope, "due_on": due_on, "issued_by": actor, "issued_at": now}
    with transaction.atomic():
        document = Document(**values, **_place(code, title, replaces, now))
        if upload is not None:
            read = read_upload(upload)
            document.file_name, document.sha256 = read.name, read.sha256
            document.file.save(*read.stored(), save=False)
        _store(document, replaces)
        for person in readers(document):
            notify(
                recipient=person, kind="document-issued", params={"title": title, "day": str(due_on)},
                link=link_to(document), now=now, dedupe_key=f"document:{document.pk}:{person.pk}",
            )  # fmt: skip
    return document


def _place(code: str, title: str, replaces: Document | None, now: datetime) -> dict:
    if replaces is None:
        return {"code": slugify(code) or f"doc-{now:%Y%m%d%H%M%S}", "version": 1}
    return {"code": replaces.code, "version": replaces.version + 1}


def _store(document: Document, replaces: Document | None) -> None:
    try:
        with transaction.atomic():
            document.save(force_insert=True)
    except IntegrityError as error:
        document.file.delete(save=False)
        raise Refused(_("This version was issued already: look at the list again.")) from error
    if replaces is not None:
        Document.objects.filter(pk=replaces.pk, replaced_by=None).update(replaced_by=document)


def link_to(document: Document) -> str:
    return reverse("briefings:document", args=[document.code, document.version])


def readers(document: Document):
    """All current employees of the branches meant, but for system administrators: they serve nobody."""
    people = User.objects.active().filter(branch__path__startswith=document.scope.path, role_grants__isnull=False)
    return people.exclude(Q(role_grants__role=Role.ADMIN)).select_related("branch").distinct()


def sign_as_read(*, document: Document, actor: User, now: datetime, briefing: Briefing | None = None) -> ReadReceipt:
    """The actor's own signature; signed twice it stays the first. Refused where the document is not meant for them."""
    if not readers(document).filter(pk=actor.pk).exists():
        raise NotYours(_("This document is not meant for your branch."))
    if document.replaced_by_id:
        raise Refused(_("There is a newer version: read and sign that one."))
    late = local_day(now) > document.due_on
    try:
        with transaction.atomic():
            return ReadReceipt.objects.get_or_create(
                document=document, person=actor, defaults={"signed_at": now, "is_late": late, "briefing": briefing}
            )[0]
    except IntegrityError:
        return ReadReceipt.objects.get(document=document, person=actor)


@dataclass
class Outlet:
    """How far an outlet has come: `missing` are (person, day due)."""

    branch: Branch
    people: int
    signed: int
    missing: list[tuple[User, date]]

    @property
    def percent(self) -> int:
        return self.signed * 100 // self.people if self.people else 100


def coverage(document: Document, calendar: WorkCalendar, branches=None) -> list[Outlet]:
    """Per outlet, in the tree's order: the share of all current employees who signed, and who is missing by when."""
    people = readers(document).order_by("branch__path", "employee_number")
    if branches is not None:
        people = people.filter(branch__in=branches)
    signed = set(ReadReceipt.objects.filter(document=document).values_list("person", flat=True))
    found: dict[int, Outlet] = {}
    for person in people:
        outlet = found.setdefault(person.branch_id, Outlet(person.branch, 0, 0, []))
        outlet.people += 1
        if person.pk in signed:
            outlet.signed += 1
        else:
            outlet.missing.append((person, due_for(document, person, calendar)))
    return list(found.values())


def due_for(document: Document, person: User, calendar: WorkCalendar) -> date:
    """The document's day; a new joiner has five working days from the day they came."""
    joined = local_day(person.date_joined)
    return max(document.due_on, calendar.add_workdays(joined, JOINER_DAYS)) if joined > local_day(document.issued_at) else document.due_on  # fmt: skip


def to_read(user: User):
    """Documents that wait for the user's signature, the most urgent first."""
    if Role.ADMIN in user.roles or not user.roles:
        return Document.objects.none()
    return Document.objects.unread_by(user).order_by("due_on", "pk")
