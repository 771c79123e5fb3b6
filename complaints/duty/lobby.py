"""The lobby's day: its log, frozen when finished, and what happened there."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Max, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from archives.customers.models import Customer
from complaints.duty.access import ensure_may_keep, works_at
from complaints.duty.models import Duty, LobbyEvent, LobbyLog, Post
from crm.lib.blanks import clean_text
from crm.lib.dates import SHANGHAI, local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.wording import typed
from crm.notifications.services import notify
from crm.staff.hierarchy import outlet_head
from crm.staff.models import Branch, User

PHASES = ("before", "during", "after")  # 营业前、中、后
CHECKED = ("environment", "equipment")
OK, FAULT = "ok", "fault"
AFTER_CLOSING = timedelta(hours=1)
MOST = 100_000
SETTLED_AT_ONCE = (LobbyEvent.Kind.SETTLED, LobbyEvent.Kind.HELP)


@transaction.atomic
def save_log(*, branch: Branch, day: date, actor, now: datetime, version: int, values: dict) -> LobbyLog:
    """Write the log of `day`; `version` is what the page saw, 0 where there was none. Finished it is frozen."""
    ensure_may_keep(actor, branch, day)
    if day > local_day(now):
        raise Refused(_("The day has not come yet."))
    clean = _clean(values)
    if version == 0:
        LobbyLog.objects.get_or_create(branch=branch, day=day, defaults={"version": 0})
    rows = LobbyLog.objects.filter(branch=branch, day=day, version=version, finished_at=None)
    if not rows.update(version=F("version") + 1, by=actor, **clean):
        raise _too_late(branch, day)
    return LobbyLog.objects.get(branch=branch, day=day)


@transaction.atomic
def finish_log(*, log: LobbyLog, actor, now: datetime, version: int) -> LobbyLog:
    """Freeze it. Refused, with the list, while something is missing."""
    ensure_may_keep(actor, log.branch, log.day)
    missing = missing_of(log)
    if missing:
        raise Refused(_("Not finished, still missing: %(what)s.") % {"what": _(", ").join(missing)})
    rows = LobbyLog.objects.filter(pk=log.pk, version=version, finished_at=None)
    if not rows.update(version=F("version") + 1, finished_at=now, by=actor):
        raise _too_late(log.branch, log.day)
    log.refresh_from_db()
    return log


def missing_of(log: LobbyLog) -> list[str]:
    """What a finished log holds and this one does not."""
    labels = {
        "before": _("check before opening"),
        "during": _("check during the day"),
        "after": _("check after closing"),
    }
    found = [labels[phase] for phase in PHASES if not all(log.checks.get(phase, {}).get(key) for key in CHECKED)]
    if not log.opinion_book:
        found.append(_("opinion book"))
    if not log.summary:
        found.append(_("summary"))
    return found


def _clean(values: dict) -> dict:
    checks = {
        phase: {
            key: mark for key in CHECKED if (mark := values.get("checks", {}).get(phase, {}).get(key)) in (OK, FAULT)
        }
        for phase in PHASES
    }
    counts = {key: _count(key, values.get(key)) for key in ("customers", "diverted", "special")}
    if counts["diverted"] > counts["customers"]:
        message = _("More were sent to machines than were served.")
        raise Refused(message, fields={"diverted": [message]})
    return counts | {
        "checks": checks,
        "peak": typed(values.get("peak", ""), 40, field="peak"),
        "leads": typed(values.get("leads", ""), 500, field="leads"),
        "summary": _lines(values.get("summary", ""), 2000, "summary"),
        "opinion_book": bool(values.get("opinion_book")),
    }


def _count(key: str, number) -> int:
    if number is None or not 0 <= number <= MOST:
        message = _("A whole number from 0 to %(most)s is needed.") % {"most": MOST}
        raise Refused(message, fields={key: [message]})
    return number


def _lines(text: str, limit: int, field: str) -> str:
    try:
        return clean_text(text or "", limit, lines=True)
    except ValueError as error:
        message = _("This takes at most %(n)s characters: shorten it.") % {"n": limit}
        raise Refused(message, fields={field: [message]}) from error


def _too_late(branch: Branch, day: date) -> TooLate:
    log = LobbyLog.objects.select_related("by").get(branch=branch, day=day)
    if log.finished_at:
        return TooLate(_("The log of %(day)s is finished and frozen.") % {"day": day})
    who = log.by.name if log.by else _("somebody")
    return TooLate(_("%(who)s wrote in this log meanwhile: look at it again.") % {"who": who})


@transaction.atomic
def record_event(
    *, branch: Branch, actor, now: datetime, kind: str, text: str = "", customer_number: str = "", token: str = ""
) -> LobbyEvent:
    """What happened in the lobby just now. The same `token` twice is one event."""
    if not works_at(actor, branch, local_day(now)):
        raise NotYours(_("Whoever works at the outlet records what happens there."))
    if kind not in LobbyEvent.Kind.values:
        raise Refused(_("Choose what happened."))
    found = LobbyEvent.objects.filter(token=token).first() if token else None
    if found:
        return found
    values = {
        "branch": branch,
        "kind": kind,
        "at": now,
        "by": actor,
        "text": typed(text, 500, field="text"),
        "customer": _customer(actor, customer_number),
        "is_settled": kind in SETTLED_AT_ONCE,
        "token": token[:40] or None,
    }
    try:
        with transaction.atomic():
            return LobbyEvent.objects.create(**values)
    except IntegrityError:
        return LobbyEvent.objects.get(token=values["token"])


def _customer(actor, number: str) -> Customer | None:
    number = "".join((number or "").split())
    if not number:
        return None
    found = Customer.objects.visible_to(actor).filter(number=number[:12]).first() if number.isalnum() else None
    if found is None:
        message = _("No customer of this number here: check it or leave it empty.")
        raise Refused(message, fields={"customer": [message]})
    return found


@transaction.atomic
def settle_event(*, event: LobbyEvent, actor, now: datetime) -> None:
    """What stood open was settled after all."""
    if not works_at(actor, event.branch, local_day(now)):
        raise NotYours(_("Whoever works at the outlet records what happens there."))
    if not LobbyEvent.objects.unsettled().filter(pk=event.pk).update(is_settled=True):
        raise TooLate(_("This was settled or became a case already."))


def remind_of_logs(now: datetime) -> int:
    """Tell, once an outlet and day, of a log that is unfinished an hour after closing; how many were told.

    Closing is when the last lobby manager's duty ends; an outlet without a published roster is left in peace.
    """
    moment = now.astimezone(SHANGHAI) - AFTER_CLOSING
    if moment.date() != local_day(now):
        return 0
    day = moment.date()
    dealt = LobbyLog.objects.filter(branch=OuterRef("branch"), day=day).exclude(finished_at=None, told_at=None)
    rows = Duty.objects.published().on(day).filter(post=Post.LOBBY).exclude(Exists(dealt))
    closed = rows.order_by().values("branch").annotate(last=Max("ends")).filter(last__lte=moment.time())
    told = 0
    for branch in Branch.objects.filter(pk__in=closed.values("branch")):
        with transaction.atomic():
            log = LobbyLog.objects.get_or_create(branch=branch, day=day, defaults={"version": 0})[0]
            claimed = LobbyLog.objects.filter(pk=log.pk, finished_at=None, told_at=None).update(told_at=now)
            told += claimed
            if claimed:
                _tell(branch, day, now)
    return told


def _tell(branch: Branch, day: date, now: datetime) -> None:
    on_duty = User.objects.filter(duties__in=Duty.objects.published().on(day).filter(branch=branch, post=Post.LOBBY))
    people = set(on_duty.distinct()) | {outlet_head(branch)}
    params = {"branch": branch.name, "day": day.isoformat()}
    for person in sorted((one for one in people if one), key=lambda one: one.pk):
        link = reverse("duty:log", args=[branch.code, day])
        notify(recipient=person, kind="lobby-log-open", params=params, link=link, now=now)
