"""Which target a clock is set to on a day, and how the service office sets a new version."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from archives.classification.labels import LADDERS
from complaints.cases.codes import Level
from complaints.clocks.codes import DAYS, ClockKind, Unit
from complaints.clocks.models import Target
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.wording import typed

RIGHT = "complaints.set_targets"
LAW = {ClockKind.STATUTORY: 15, ClockKind.REVIEW: 30}  # natural days that the law gives at most
MOST = Decimal(200)
CLASSES = sorted({code for ladder in LADDERS.values() for code in ladder})


@dataclass(frozen=True)
class TargetBook:
    """Every version, read once: ask `find` for as many clocks as there are."""

    targets: tuple[Target, ...]

    @classmethod
    def read(cls) -> "TargetBook":
        return cls(tuple(Target.objects.all()))

    def find(self, kind: str, *, level: str, class_code: str, day: date) -> Target | None:
        """The latest version valid on `day`; one for the customer's class or the case's level before one for any."""
        fitting = [
            target
            for target in self.targets
            if target.kind == kind
            and target.valid_from <= day
            and target.level in (level, "")
            and target.class_code in (class_code, "")
        ]
        return max(fitting, key=_precedence, default=None)

    def current(self, day: date) -> list[Target]:
        """The versions in force, one a clock, level and class."""
        latest: dict[tuple, Target] = {}
        for target in sorted(self.targets, key=lambda t: (t.valid_from, t.version)):
            if target.valid_from <= day:
                latest[target.kind, target.level, target.class_code] = target
        order = [kind.value for kind in ClockKind]
        return sorted(latest.values(), key=lambda t: (order.index(t.kind), t.class_code, Level.values.index(t.level) if t.level else -1))  # fmt: skip


def _precedence(target: Target) -> tuple:
    return (target.class_code != "", target.level != "", target.valid_from, target.version)


def set_target(
    *, kind: str, level: str, class_code: str, unit: str, amount: Decimal, valid_from: date, reason: str, actor, now: datetime
) -> Target:  # fmt: skip
    """A new version from a day on. Clocks that run already keep theirs until somebody asks to recalculate them."""
    if not actor.has_perm(RIGHT):
        raise NotYours(_("Targets are set by the service office."))
    for field, message in faults(kind=kind, unit=unit, amount=amount, valid_from=valid_from, today=local_day(now)):
        raise Refused(message, fields={field: [message]})
    why = typed(reason, 300, field="reason", missing=_("Give a reason."))
    key = {"kind": kind, "level": level, "class_code": class_code}
    last = Target.objects.filter(**key).aggregate(last=Max("version"))["last"] or 0
    try:
        with transaction.atomic():
            return Target.objects.create(
                **key,
                unit=unit,
                amount=amount,
                version=last + 1,
                valid_from=valid_from,
                reason=why,
                set_by=actor,
                set_at=now,
            )
    except IntegrityError as error:
        raise TooLate(_("Somebody set this target in the same moment. Look at theirs first.")) from error


def faults(*, kind: str, unit: str, amount: Decimal, valid_from: date, today: date) -> Iterable[tuple[str, str]]:
    """Field and what is wrong with it."""
    if not 0 < amount <= MOST:
        yield "amount", _("A target is more than nothing and at most %(n)s.") % {"n": MOST}
    if unit in DAYS and amount != int(amount):
        yield "amount", _("Days are whole days.")
    if kind in LAW and unit != Unit.NATURAL_DAYS:
        yield "unit", _("The law counts this limit in natural days.")
    if kind in LAW and amount > LAW[ClockKind(kind)]:
        yield "amount", _("The law allows %(n)s natural days at most.") % {"n": LAW[ClockKind(kind)]}
    if valid_from < today:
        yield "valid_from", _("The first day has passed: a target never reaches back.")
