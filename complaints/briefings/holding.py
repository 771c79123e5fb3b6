"""An outlet's briefing from its opening to its sign-off."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from complaints.briefings.access import may_hold
from complaints.briefings.models import (
    Briefing,
    BriefingAttendance,
    BriefingCase,
    BriefingPhoto,
    BriefingSupplement,
    Conveyance,
    Document,
)
from complaints.cases.models import Case
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.uploads import keep_all, read_upload
from crm.lib.wording import typed
from crm.staff.models import Branch, User

LATE_DAYS = 7  # a briefing is written down within a week
PHOTOS = 6


def open_briefing(*, branch: Branch, day: date, kind: str, actor: User, now: datetime) -> Briefing:
    """The outlet's briefing of that day and kind, begun if nobody has: two at once get the same. Refused with why."""
    _ensure_holds(actor, branch)
    if kind not in Briefing.Kind.values:
        raise Refused(_("Choose the morning or the after-shift meeting."))
    today = local_day(now)
    if not today - timedelta(days=LATE_DAYS) <= day <= today:
        raise Refused(_("A briefing is written down on its day or within %(n)s days after it.") % {"n": LATE_DAYS})
    try:
        with transaction.atomic():
            found, created = Briefing.objects.get_or_create(
                branch=branch, day=day, kind=kind, defaults={"opened_at": now, "recorder": actor}
            )
            if created:
                people = User.objects.active().at(branch)
                BriefingAttendance.objects.bulk_create(BriefingAttendance(briefing=found, person=one) for one in people)
    except IntegrityError:
        found = Briefing.objects.get(branch=branch, day=day, kind=kind)
    return found


def save_record(
    *, briefing: Briefing, actor: User, version: int, starts: time | None, ends: time | None, place: str,
    host: User | None, topics: str, result: str, attendance: dict[int, tuple[bool, str]],
) -> Briefing:  # fmt: skip
    """Write time, place, host, topics, result and who was there. TooLate where somebody else saved meanwhile."""
    if starts and ends and ends <= starts:
        message = _("The meeting ends after it begins.")
        raise Refused(message, fields={"ends": [message]})
    values = {
        "starts": starts,
        "ends": ends,
        "place": typed(place, 60, field="place"),
        "host": host,
        "topics": typed(topics, 4000, field="topics"),
        "result": typed(result, 2000, field="result"),
    }
    with transaction.atomic():
        fresh = _claim(briefing, actor, version, **values)
        for person, (is_present, reason) in attendance.items():
            fields = {"is_present": is_present, "reason": "" if is_present else typed(reason, 100)}
            BriefingAttendance.objects.filter(briefing=fresh, person=person).update(**fields)
    return fresh


def discuss(*, briefing: Briefing, actor: User, version: int, number: str, lesson: str) -> BriefingCase:
    """Note a case that is spoken of, by its number; only cases that the actor may see, and no complainant."""
    case = Case.objects.visible_to(actor).filter(number=number.strip()[:24]).first()
    if case is None:
        raise Refused(_("There is no case %(number)s in your scope.") % {"number": number.strip()[:24]})
    with transaction.atomic():
        fresh = _claim(briefing, actor, version)
        row, created = BriefingCase.objects.get_or_create(
            briefing=fresh, case=case, defaults={"lesson": typed(lesson, 300)}
        )
        if not created:
            raise Refused(_("%(number)s is on the list already.") % {"number": case.number})
    return row


def convey(*, briefing: Briefing, actor: User, version: int, document: Document) -> Conveyance:
    """Note that the briefing conveyed `document` in its present version."""
    if document.replaced_by_id:
        raise Refused(_("There is a newer version of “%(title)s”: convey that one.") % {"title": document.title})
    with transaction.atomic():
        fresh = _claim(briefing, actor, version)
        return Conveyance.objects.get_or_create(briefing=fresh, document=document)[0]


def add_photos(*, briefing: Briefing, actor: User, version: int, uploads: Sequence, now: datetime) -> list:
    """Keep photographs of the meeting: PNG or JPEG, six at most."""
    if briefing.photos.count() + len(uploads) > PHOTOS:
        raise Refused(_("A briefing keeps at most %(n)s photographs.") % {"n": PHOTOS})
    if not uploads:
        raise Refused(_("Choose a photograph."))

    def keep(upload) -> BriefingPhoto:
        read = read_upload(upload)
        if not read.content_type.startswith("image/"):
            raise Refused(_("%(name)s is not a PNG or JPEG picture.") % {"name": read.name})
        return read.keep_on(BriefingPhoto(briefing=briefing), actor=actor, now=now)

    with transaction.atomic():
        _claim(briefing, actor, version)
        return keep_all(uploads, keep)


def sign_off(*, briefing: Briefing, actor: User, version: int, now: datetime) -> Briefing:
    """Freeze the record; what is missing is named. Corrections follow as supplements."""
    gaps = missing(briefing)
    if gaps:
        raise Refused(_("Still missing: %(what)s.") % {"what": _(", ").join(gaps)})
    with transaction.atomic():
        return _claim(briefing, actor, version, signed_off_by=actor, signed_off_at=now)


def missing(briefing: Briefing) -> list[str]:
    """What a record needs before it is signed off (DOMAIN.md 6.2)."""
    marks = list(briefing.attendances.all())
    reasons = [
        (not briefing.starts or not briefing.ends, _("from when until when")),
        (briefing.host is None, _("the host")),
        (not briefing.topics.strip(), _("the topics")),
        (not any(mark.is_present for mark in marks), _("who was there")),
        (any(not mark.is_present and not mark.reason for mark in marks), _("why somebody was absent")),
    ]
    return [text for lacks, text in reasons if lacks]


def supplement(*, briefing: Briefing, actor: User, text: str, now: datetime) -> BriefingSupplement:
    _ensure_holds(actor, briefing.branch)
    if briefing.signed_off_at is None:
        raise Refused(_("The record is still open: change it directly."))
    text = typed(text, 1000, field="text", missing=_("Say what is to be added."))
    return BriefingSupplement.objects.create(briefing=briefing, text=text, by=actor, at=now)


def make_up(*, briefing: Briefing, actor: User, now: datetime) -> None:
    """Somebody who was absent has read the record."""
    mine = BriefingAttendance.objects.filter(briefing=briefing, person=actor, is_present=False, made_up_at=None)
    if briefing.signed_off_at is None:
        raise Refused(_("The record is not signed off yet: read it when it is."))
    if not mine.update(made_up_at=now):
        raise Refused(_("You were there, or have signed already."))


def _claim(briefing: Briefing, actor: User, version: int, **changes) -> Briefing:
    """Take the record from the version that the page showed; TooLate where it was frozen or saved since."""
    _ensure_holds(actor, briefing.branch)
    mine = Briefing.objects.open().filter(pk=briefing.pk, version=version)
    if not mine.update(version=F("version") + 1, **changes):
        fresh = Briefing.objects.for_page().get(pk=briefing.pk)
        if fresh.signed_off_at:
            raise TooLate(_("The record is signed off: add a supplement."))
        raise TooLate(_("Somebody saved this record since you opened it: look at it again. What you typed is below."))
    return Briefing.objects.for_page().get(pk=briefing.pk)


def _ensure_holds(actor: User, branch: Branch) -> None:
    if not may_hold(actor, branch):
        raise NotYours(_("The head of the outlet or a lobby manager writes its briefings."))
