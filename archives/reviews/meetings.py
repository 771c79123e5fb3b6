"""What monthly and quarterly meetings share: opening, head, attendance, minutes, citations, supplements; the claim.

Writes to an open meeting serialise on its row (`hold_open`); what a person saw is compared by `stamp`, so that two
people on one page never overwrite each other unseen. Closing goes through `claim`: one wins. A closed meeting
takes supplements alone.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from archives.intelligence.models import Intelligence
from archives.reviews.models import Attendance, Citation, Meeting, Supplement
from crm.lib.blanks import clean_text
from crm.lib.dates import SHANGHAI
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.staff.models import Branch, User

PREFIX: dict[str, str] = {Meeting.Kind.MONTHLY: "ZT", Meeting.Kind.QUARTERLY: "FX"}


def open_meeting(
    *, kind: str, branch: Branch, period: str, data_on: date, due_on: date, now: datetime
) -> tuple[Meeting, bool]:
    """The meeting of `branch` for `period` ("2026-10", "2026Q3"), and whether it is new. Safe to call twice."""
    return Meeting.objects.get_or_create(
        kind=kind,
        branch=branch,
        period=period,
        defaults={
            "number": number_of(kind, branch, period),
            "opened_at": now,
            "data_on": data_on,
            "due_on": due_on,
        },
    )


def number_of(kind: str, branch: Branch, period: str) -> str:
    """ZT202610-0101, FX2026Q3-0100"""
    return f"{PREFIX[kind]}{period.replace('-', '')}-{branch.code}"


def may_run(user, meeting: Meeting) -> bool:
    """Whether `user` leads meetings and has the branch in scope."""
    return user.has_perm("archives.run_meeting") and (
        Branch.objects.in_scope_of(user).filter(pk=meeting.branch_id).exists()
    )


def ensure_may_run(user, meeting: Meeting) -> User:
    """Rights as they are now, not as they were when the page was opened."""
    fresh = User.objects.select_related("branch").get(pk=user.pk)
    if not may_run(fresh, meeting):
        raise NotYours(_("You may not run this meeting."))
    return fresh


def stamp(*values) -> str:
    """A short fingerprint of what a form was filled from; the form sends it back."""
    return hashlib.sha256("\x1f".join("" if v is None else str(v) for v in values).encode()).hexdigest()[:16]


def head_stamp(meeting: Meeting) -> str:
    return stamp(meeting.held_at, meeting.place, meeting.host_id, meeting.recorder_id)


def minutes_stamp(meeting: Meeting) -> str:
    return stamp(meeting.minutes)


def attendance_stamp(meeting: Meeting) -> str:
    rows = Attendance.objects.filter(meeting=meeting).order_by("person_id")
    return stamp(*rows.values_list("person_id", "is_present", "reason"))


def hold_open(*, meeting: Meeting) -> Meeting:
    """The meeting as it is now, its row locked to the end of the transaction. Raise TooLate when it is closed.

    The first statement of every write to an open meeting: its version moves, so that a closing which was
    prepared before is refused.
    """
    if not Meeting.objects.open().filter(pk=meeting.pk).update(version=F("version") + 1):
        raise already_closed(Meeting.objects.select_related("closed_by").get(pk=meeting.pk))
    return Meeting.objects.select_related("branch").get(pk=meeting.pk)


def claim(*, meeting: Meeting, state: str, **changes) -> Meeting:
    """Move an open `meeting` from the version that the caller saw to `state`; whoever comes second gets TooLate."""
    claimed = (
        Meeting.objects.open()
        .filter(pk=meeting.pk, version=meeting.version)
        .update(state=state, version=F("version") + 1, **changes)
    )
    fresh = Meeting.objects.select_related("branch", "closed_by", "host", "recorder").get(pk=meeting.pk)
    if claimed:
        return fresh
    if not fresh.is_open:
        raise already_closed(fresh)
    raise changed_meanwhile()


def already_closed(meeting: Meeting) -> TooLate:
    when = meeting.closed_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if meeting.closed_at else "–"
    return TooLate(
        _("The meeting %(number)s was already closed by %(who)s at %(when)s: only supplements can be added.")
        % {"number": meeting.number, "who": meeting.closed_by.name if meeting.closed_by else "–", "when": when}
    )


def changed_meanwhile() -> TooLate:
    return TooLate(_("Somebody else has changed this meeting since you opened the page. Look at it again."))


@transaction.atomic
def save_head(
    *, meeting: Meeting, actor, held_at: datetime | None, place: str, host, recorder, seen: str | None = None
) -> Meeting:
    """When and where the meeting is held, who leads it and who writes. `seen`: the `head_stamp` of the page."""
    fresh = hold_open(meeting=meeting)
    ensure_may_run(actor, fresh)
    ensure_seen(seen, head_stamp(fresh))
    fresh.held_at, fresh.place = held_at, clean(place, 80, _("Place"))
    fresh.host, fresh.recorder = host, recorder
    fresh.save(update_fields=["held_at", "place", "host", "recorder"])
    return fresh


@transaction.atomic
def save_minutes(*, meeting: Meeting, actor, minutes: str, seen: str | None = None) -> Meeting:
    fresh = hold_open(meeting=meeting)
    ensure_may_run(actor, fresh)
    ensure_seen(seen, minutes_stamp(fresh))
    fresh.minutes = clean(minutes, 8000, _("Minutes"), lines=True)
    fresh.save(update_fields=["minutes"])
    return fresh


@transaction.atomic
def save_attendance(
    *, meeting: Meeting, actor, people: Mapping[int, tuple[bool, str]], seen: str | None = None
) -> Meeting:
    """Who was there: {person id: (present, reason of absence)}; whoever does not stand in it was not expected."""
    fresh = hold_open(meeting=meeting)
    ensure_may_run(actor, fresh)
    ensure_seen(seen, attendance_stamp(fresh))
    known = set(User.objects.filter(pk__in=people).values_list("pk", flat=True))
    Attendance.objects.filter(meeting=fresh).delete()
    Attendance.objects.bulk_create(
        Attendance(
            meeting=fresh,
            person_id=pk,
            is_present=present,
            reason="" if present else clean(reason, 100, _("Reason of absence")),
        )
        for pk, (present, reason) in people.items()
        if pk in known
    )
    return fresh


@transaction.atomic
def cite(*, meeting: Meeting, actor, number: str, note: str = "", now: datetime) -> Citation:
    """Note which intelligence item somebody leaned on; the same person citing it again renews the note."""
    fresh = hold_open(meeting=meeting)
    actor = ensure_may_run(actor, fresh)
    item = Intelligence.objects.visible_to(actor).filter(number=number.strip()).first()
    if item is None:
        raise Refused(_("There is no intelligence item %(number)s.") % {"number": number.strip()[:24]})
    citation, _new = Citation.objects.update_or_create(
        meeting=fresh,
        number=item.number,
        cited_by=actor,
        defaults={"item": item, "note": clean(note, 200, _("For what")), "at": now},
    )
    return citation


@transaction.atomic
def supplement(*, meeting: Meeting, actor, text: str, now: datetime) -> Supplement:
    """A correction of a closed meeting: added below the frozen minutes, which stay as they are."""
    fresh = Meeting.objects.select_related("branch").get(pk=meeting.pk)
    actor = ensure_may_run(actor, fresh)
    if fresh.is_open:
        raise Refused(_("The meeting is still open: change the minutes themselves."))
    text = clean(text, 2000, _("Supplement"), lines=True)
    if not text:
        raise Refused(_("Write what is to be corrected."))
    return Supplement.objects.create(meeting=fresh, text=text, author=actor, at=now)


def ensure_seen(seen: str | None, now: str) -> None:
    """Raise TooLate unless the form was filled from what stands there now; None does not compare."""
    if seen is not None and seen != now:
        raise changed_meanwhile()


def clean(text: str, length: int, label: str, *, lines: bool = False) -> str:
    """What somebody typed, fit to keep. Raise Refused when it is too long."""
    try:
        return clean_text(text or "", length, lines=lines)
    except ValueError as error:
        raise Refused(_("%(field)s takes at most %(n)s characters.") % {"field": label, "n": length}) from error
