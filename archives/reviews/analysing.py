"""Half-year and annual analyses: opened by the calendar, computed, concluded, signed off and frozen."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from archives.customers.models import Customer
from archives.reviews.analysis_paper import file_analysis
from archives.reviews.analysis_rows import CHUNK, build
from archives.reviews.meetings import clean
from archives.reviews.models import Analysis, AnalysisRow
from crm.jobs.models import JobRun
from crm.jobs.services import heartbeat, queue_run, yield_if_long
from crm.lib.dates import SHANGHAI
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.services import notify
from crm.staff.models import Branch, User
from crm.workdays.services import work_calendar

COMPUTE = "compute-analysis"
SIGN_WORKDAYS = 10  # from the opening to the sign-off
UNITS = [Branch.Kind.HEAD_OFFICE, Branch.Kind.BRANCH, Branch.Kind.SUB_BRANCH, Branch.Kind.DIRECT_OUTLET]


def open_analyses(*, period: str, today: date, now: datetime) -> list[Analysis]:
    """One for the bank and one for each sub-branch and direct outlet that has customers; safe to call twice."""
    used = Customer.objects.order_by().values("branch")
    paths = list(Branch.objects.filter(pk__in=used).values_list("path", flat=True))
    opened = []
    for branch in Branch.objects.active().filter(kind__in=UNITS):
        if not any(path.startswith(branch.path) for path in paths):
            continue
        analysis, new = Analysis.objects.get_or_create(
            branch=branch,
            period=period,
            defaults={
                "number": f"FXBG{period}-{branch.code}",
                "opened_at": now,
                "due_on": work_calendar().add_workdays(today, SIGN_WORKDAYS),
            },
        )
        if new:
            _tell(analysis, now)
        opened.append(analysis)
    return opened


def _tell(analysis: Analysis, now: datetime) -> None:
    for person in User.objects.active().filter(branch=analysis.branch):
        if person.has_perm("archives.sign_analysis"):
            notify(
                recipient=person,
                kind="analysis-opened",
                params={"number": analysis.number, "period": analysis.period},
                link=reverse("reviews:analysis", args=[analysis.number]),
                now=now,
                dedupe_key=f"analysis:{analysis.pk}:{person.pk}",
            )


def run_opening(*, period: str, run: JobRun, now: datetime) -> None:
    """The job of a period: open, then compute what is not computed yet."""
    with transaction.atomic():
        opened = open_analyses(period=period, today=now.astimezone(SHANGHAI).date(), now=now)
        heartbeat(run, total=len(opened))
    for analysis in opened:
        compute(analysis=analysis, run=run, now=now)


def run_compute(*, period: str, run: JobRun, now: datetime) -> None:
    """The job somebody asked for: `period` is the analysis's number, and the moment after a slash."""
    analysis = Analysis.objects.select_related("branch").get(number=period.partition("/")[0])
    if run.cursor.get("begun") != period:
        with transaction.atomic():
            _forget(analysis)
            heartbeat(run, cursor={"begun": period})
    compute(analysis=analysis, run=run, now=now, keep={"begun": period})


def _forget(analysis: Analysis) -> None:
    """Rows of an analysis that is not signed off."""
    if Analysis.objects.filter(pk=analysis.pk, state="open").update(computed_at=None, version=F("version") + 1):
        AnalysisRow.objects.filter(analysis=analysis).delete()


def compute(*, analysis: Analysis, run: JobRun, now: datetime, keep: dict | None = None) -> None:
    """Build what is missing of the rows, chunk by chunk; the resume point commits with each chunk."""
    keep = keep or {}
    for is_base in (False, True):
        key = f"{analysis.pk}:{int(is_base)}"
        after = run.cursor.get(key, 0)
        while after >= 0:
            with transaction.atomic():
                open_one = Analysis.objects.select_related("branch").filter(
                    pk=analysis.pk, state="open", computed_at=None
                )
                fresh = open_one.first()
                if fresh is None:
                    return
                last, count = build(fresh, is_base=is_base, after=after, chunk=CHUNK)
                after = last if count else -1
                heartbeat(run, done=run.done + count, cursor={**run.cursor, **keep, key: after})
            yield_if_long(run)
    Analysis.objects.filter(pk=analysis.pk, state="open", computed_at=None).update(computed_at=now)


def ask_anew(*, analysis: Analysis, actor, now: datetime) -> None:
    """Count again with today's data; refused once it is signed off."""
    _may_sign(actor, analysis)
    if analysis.state != Analysis.State.OPEN:
        raise _already(analysis)
    queue_run(job=COMPUTE, period=f"{analysis.number}/{now:%Y%m%d%H%M%S}", now=now)


@transaction.atomic
def conclude(*, analysis: Analysis, actor, version: int, conclusions: str) -> Analysis:
    """Save the conclusions; `version` is the one the form was filled from."""
    _may_sign(actor, analysis)
    text = clean(conclusions, 8000, _("Conclusions"), lines=True)
    return _claim(analysis, version, conclusions=text)


def sign_off(*, analysis: Analysis, actor, version: int, now: datetime) -> Analysis:
    """Freeze rows, figures and conclusions, and file the PDF. One wins."""
    with transaction.atomic():
        _may_sign(actor, analysis)
        fresh = Analysis.objects.get(pk=analysis.pk)
        if fresh.state == Analysis.State.OPEN and not fresh.conclusions.strip():
            raise Refused(_("Write the conclusions first: they are what is signed."))
        if fresh.state == Analysis.State.OPEN and fresh.computed_at is None:
            raise Refused(_("The figures are still being counted: wait until they stand."))
        signed = _claim(analysis, version, state=Analysis.State.SIGNED, signed_by=actor, signed_at=now)
    file_analysis(analysis=signed, now=now)
    return signed


def _claim(analysis: Analysis, version: int, **changes) -> Analysis:
    found = Analysis.objects.filter(pk=analysis.pk, state="open", version=version)
    claimed = found.update(version=F("version") + 1, **changes)
    fresh = Analysis.objects.select_related("branch", "signed_by").get(pk=analysis.pk)
    if claimed:
        return fresh
    if fresh.state != Analysis.State.OPEN:
        raise _already(fresh)
    raise TooLate(_("Somebody else has changed this analysis since you opened the page. Look at it again."))


def _already(analysis: Analysis) -> TooLate:
    when = analysis.signed_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if analysis.signed_at else "–"
    who = analysis.signed_by.name if analysis.signed_by else "–"
    return TooLate(_("Already signed off by %(who)s at %(when)s.") % {"who": who, "when": when})


def _may_sign(actor, analysis: Analysis) -> None:
    """Rights as they are now."""
    fresh = User.objects.select_related("branch").get(pk=actor.pk)
    if not may_sign(fresh, analysis):
        raise NotYours(_("You may not work on this analysis."))


def may_sign(user, analysis: Analysis) -> bool:
    in_scope = Branch.objects.in_scope_of(user).filter(pk=analysis.branch_id)
    return user.has_perm("archives.sign_analysis") and in_scope.exists()


def visible_analyses(user):
    """The only way in: analyses of branches in `user`'s scope."""
    if not user.has_perm("archives.view_analysis"):
        return Analysis.objects.none()
    return Analysis.objects.filter(Q(branch__in=Branch.objects.in_scope_of(user).values("pk")))
