"""Thresholds by date: the version of a quarter, and how head office changes them, by two people."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from archives.classification.labels import LADDERS
from archives.classification.models import Level, Run, Scheme
from archives.classification.rules import Step, ladder_faults
from archives.classification.telling import tell_scheme_decided, tell_scheme_proposed
from archives.customers.codes import Kind
from crm.lib.dates import SHANGHAI, Quarter
from crm.lib.refusals import NotYours, Refused, TooLate

State = Scheme.State
WAN = 10_000 * 100
RIGHT = "archives.edit_scheme"
DEFAULT_FLOORS = {Kind.PERSONAL.value: (0, 5, 20, 50, 200, 600), Kind.CORPORATE.value: (0, 50, 500, 3_000, 10_000)}


def scheme_for(quarter: Quarter) -> Scheme:
    """The adopted version with the latest `valid_from` not after the quarter's last day; Refused where there is none."""
    found = Scheme.objects.filter(state=State.ADOPTED, valid_from__lte=quarter.last).order_by("-valid_from").first()
    if found is None:
        raise Refused(_("No thresholds are valid in %(quarter)s.") % {"quarter": quarter})
    return found


def steps_of(scheme: Scheme) -> list[Step]:
    """The ladders of both kinds, from the lowest."""
    rows = scheme.levels.order_by("kind", "rank").values_list("kind", "rank", "code", "floor_cents", "grace_quarters")
    return [Step(*row) for row in rows]


@transaction.atomic
def ensure_default_scheme(now: datetime) -> None:
    """Version 1 of DOMAIN.md 2.4, adopted, by nobody; nothing where a version exists."""
    if Scheme.objects.exists():
        return
    first = Scheme.objects.create(
        version=1, valid_from=date(2000, 1, 1), reason="默认标准", state="adopted", proposed_at=now, decided_at=now
    )
    Level.objects.bulk_create(
        Level(
            scheme=first,
            kind=kind,
            rank=rank,
            code=code,
            floor_cents=floor * WAN,
            grace_quarters=2 if code == "private" else 1,
        )
        for kind, ladder in LADDERS.items()
        for rank, (code, floor) in enumerate(zip(ladder, DEFAULT_FLOORS[kind], strict=True))
    )


def steps_from(levels: list[dict[str, Any]]) -> list[Step]:
    """Steps of rows with `kind`, `code`, `floor_cents` and perhaps `grace_quarters`, ranked by their floors."""
    steps = []
    for kind in dict.fromkeys(row["kind"] for row in levels):
        mine = sorted((row for row in levels if row["kind"] == kind), key=lambda row: row["floor_cents"])
        steps += [
            Step(kind, rank, row["code"], row["floor_cents"], row.get("grace_quarters", 1))
            for rank, row in enumerate(mine)
        ]
    return steps


def propose_scheme(*, values: dict[str, Any], actor, now: datetime) -> Scheme:
    """A new version, waiting for a second person of head office.

    `values`: valid_from, reason, new_customer_days, held_percent, and `levels`: rows of kind, code,
    floor_cents, grace_quarters. Refused (with `fields`) where the ladder has faults or the day has passed.
    """
    if not actor.has_perm(RIGHT):
        raise NotYours(_("Thresholds are proposed by head office."))
    steps = steps_from(values["levels"])
    _check_ladder(steps)
    _check_day(values["valid_from"])
    if not values["reason"].strip():
        raise Refused(_("Give a reason."), fields={"reason": _("Give a reason.")})
    try:
        with transaction.atomic():
            scheme = Scheme.objects.create(
                version=(Scheme.objects.aggregate(last=Max("version"))["last"] or 0) + 1,
                valid_from=values["valid_from"],
                new_customer_days=values.get("new_customer_days", 30),
                held_percent=values.get("held_percent", 30),
                reason=values["reason"].strip()[:300],
                proposed_by=actor,
                proposed_at=now,
            )
            Level.objects.bulk_create(Level(scheme=scheme, **vars(step)) for step in steps)
            tell_scheme_proposed(scheme=scheme, now=now)
    except IntegrityError as error:
        raise TooLate(_("Somebody proposed thresholds in the same moment. Look at theirs first.")) from error
    return scheme


def decide_scheme(*, scheme: Scheme, actor, accept: bool, comment: str = "", now: datetime) -> Scheme:
    """Adopt or reject; never the proposer. Whoever comes second is told who was first."""
    if not actor.has_perm(RIGHT):
        raise NotYours(_("Thresholds are adopted by head office."))
    if scheme.proposed_by_id == actor.pk:
        raise NotYours(_("Somebody else decides on what you proposed."))
    if not accept and not comment.strip():
        raise Refused(_("Say why you reject it."), fields={"comment": _("Say why you reject it.")})
    if accept:
        _check_day(scheme.valid_from)
    state = State.ADOPTED if accept else State.REJECTED
    try:
        with transaction.atomic():
            _move(scheme, state, decided_by=actor, decided_at=now, comment=comment.strip()[:300])
            tell_scheme_decided(scheme=scheme, now=now)
    except IntegrityError as error:
        raise Refused(_("Another version is valid from the same day. Choose another day.")) from error
    return scheme


def withdraw_scheme(*, scheme: Scheme, actor, now: datetime) -> Scheme:
    """The proposer takes it back while it waits."""
    if scheme.proposed_by_id != actor.pk:
        raise NotYours(_("Only the proposer may withdraw it."))
    with transaction.atomic():
        _move(scheme, State.WITHDRAWN, decided_at=now)
    return scheme


def _move(scheme: Scheme, state: str, **changes) -> None:
    claimed = Scheme.objects.filter(pk=scheme.pk, state=State.PROPOSED, lock=scheme.lock).update(
        state=state, lock=F("lock") + 1, **changes
    )
    ours = scheme.pk
    scheme.refresh_from_db()
    if not claimed:
        raise _already(Scheme.objects.select_related("decided_by").get(pk=ours))


def _already(scheme: Scheme) -> TooLate:
    if scheme.state == State.PROPOSED:
        return TooLate(_("These thresholds have changed since you opened them. Look at them again."))
    who = scheme.decided_by.name if scheme.decided_by else "–"
    when = scheme.decided_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if scheme.decided_at else "–"
    sentence = _("Already decided by %(who)s at %(when)s: %(status)s.")
    return TooLate(sentence % {"who": who, "when": when, "status": scheme.get_state_display()})


def _check_ladder(steps: list[Step]) -> None:
    told = {
        "empty": _("Each kind of customer needs at least two classes."),
        "unknown": _("A class is not known for this kind of customer."),
        "twice": _("A class stands twice."),
        "first": _("The lowest class begins at 0."),
        "order": _("Each class begins above the one before it, in their order."),
    }
    faults = ladder_faults(steps, {kind: list(ladder) for kind, ladder in LADDERS.items()})
    if faults:
        reasons = [told[fault] for fault in dict.fromkeys(faults)]
        raise Refused(" ".join(reasons), fields={"levels": " ".join(reasons)})


def _check_day(day: date) -> None:
    """What a computed quarter was measured by does not change any more."""
    newest = Run.objects.exclude(state=Run.State.WAITING).order_by("-quarter").values_list("quarter", flat=True).first()
    last = Quarter.parse(newest).last if newest else None
    if last and day <= last:
        sentence = _("%(quarter)s is computed already: the earliest day is %(day)s.")
        message = sentence % {"quarter": newest, "day": last + timedelta(days=1)}
        raise Refused(message, fields={"valid_from": message})
