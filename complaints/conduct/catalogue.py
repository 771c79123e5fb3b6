"""The service office's catalogue: add an item, follow it by a new version, end it. A version is never edited."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from complaints.conduct.access import afresh
from complaints.conduct.models import PointRule
from complaints.conduct.rules import SCALE, UNIT, is_whole_unit
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.lib.wording import typed
from crm.staff.models import User

Kind = PointRule.Kind
HIGHEST_AWARD = 1_000_000  # cents: ten thousand yuan is a slip of the hand


def add_rule(
    *, code: str, kind: str, item: str, item_en: str, points: Decimal, award_cents: int, basis: str, valid_from: date,
    actor: User, now: datetime,
) -> PointRule:  # fmt: skip
    """A new item, from today or a later day on."""
    actor = _keeper(actor)
    values = _checked(kind, item, item_en, points, award_cents, basis)
    _ensure_to_come(valid_from, now)
    try:
        with transaction.atomic():
            return PointRule.objects.create(code=code, valid_from=valid_from, set_by=actor, set_at=now, **values)
    except IntegrityError as error:
        raise Refused(
            _("There is an item “%(code)s” already: write a new version of that one.") % {"code": code},
            fields={"code": [_("This code is taken.")]},
        ) from error


def revise_rule(
    *, rule: PointRule, item: str, item_en: str, points: Decimal, award_cents: int, basis: str, valid_from: date,
    actor: User, now: datetime,
) -> PointRule:  # fmt: skip
    """The version after `rule`, which must be the newest one; `rule` ends the day before."""
    actor = _keeper(actor)
    _ensure_newest(rule)
    values = _checked(rule.kind, item, item_en, points, award_cents, basis)
    _ensure_to_come(valid_from, now)
    if valid_from <= rule.valid_from:
        raise Refused(
            _("Version %(n)s begins on %(day)s: the next one begins later.")
            % {"n": rule.version, "day": rule.valid_from.isoformat()},
            fields={"valid_from": [_("Choose a later day.")]},
        )
    try:
        with transaction.atomic():
            made = PointRule.objects.create(
                code=rule.code, version=rule.version + 1, valid_from=valid_from, set_by=actor, set_at=now, **values
            )
            before = PointRule.objects.filter(pk=rule.pk, valid_until=rule.valid_until)
            ends = valid_from - timedelta(days=1)
            if not before.update(valid_until=min(ends, rule.valid_until or ends)):
                raise _too_late(rule)
            return made
    except IntegrityError as error:
        raise _too_late(rule) from error


def end_rule(*, rule: PointRule, last_day: date, actor: User, now: datetime) -> PointRule:
    """`last_day` is the last one on which the item is in force: today or later."""
    _keeper(actor)
    _ensure_newest(rule)
    if last_day < max(local_day(now), rule.valid_from):
        raise Refused(
            _("An item ends today at the earliest, and not before it begins."),
            fields={"last_day": [_("Choose today or a later day.")]},
        )
    if not PointRule.objects.filter(pk=rule.pk, valid_until=None).update(valid_until=last_day):
        raise _too_late(rule)
    rule.refresh_from_db()
    return rule


def _keeper(actor: User) -> User:
    actor = afresh(actor)
    if not actor.has_perm("complaints.edit_rules"):
        raise NotYours(_("The service office keeps the catalogue."))
    return actor


def _ensure_newest(rule: PointRule) -> None:
    """`rule.version` is what the caller saw."""
    if not PointRule.objects.newest().filter(pk=rule.pk, version=rule.version).exists():
        raise _too_late(rule)


def _checked(kind: str, item: str, item_en: str, points: Decimal, award_cents: int, basis: str) -> dict:
    if kind not in Kind.values:
        raise Refused(_("Choose what the item is."), fields={"kind": [_("Choose what the item is.")]})
    if not 0 <= points <= SCALE or not is_whole_unit(points):
        text = _("Points go from 0 to %(most)s in steps of %(unit)s.") % {"most": SCALE, "unit": UNIT}
        raise Refused(text, fields={"points": [text]})
    if kind == Kind.VIOLATION and not points:
        raise Refused(_("A violation costs points."), fields={"points": [_("A violation costs points.")]})
    return {
        "kind": kind,
        "item": typed(item, 120, field="item", missing=_("Say what the item is.")),
        "item_en": typed(item_en, 120, field="item_en"),
        "points": points,
        "award_cents": _award(kind, award_cents),
        "basis": typed(basis, 200, field="basis", missing=_("Name the rule it rests on.")),
    }


def _award(kind: str, cents: int) -> int:
    if kind == Kind.VIOLATION and cents:
        text = _("A violation brings no award.")
        raise Refused(text, fields={"award": [text]})
    if not 0 <= cents <= HIGHEST_AWARD:
        text = _("An award is at most 10,000 yuan.")
        raise Refused(text, fields={"award": [text]})
    if kind == Kind.FORBEARANCE and not cents:
        text = _("A forbearance award names its amount.")
        raise Refused(text, fields={"award": [text]})
    return cents


def _ensure_to_come(day: date, now: datetime) -> None:
    """What holds is known beforehand: no item reaches back."""
    if day < local_day(now):
        text = _("An item begins today at the earliest.")
        raise Refused(text, fields={"valid_from": [text]})


def _too_late(rule: PointRule) -> TooLate:
    last = PointRule.objects.select_related("set_by").filter(code=rule.code).order_by("-version").first()
    assert last is not None
    who = last.set_by.name if last.set_by else _("the system")
    return TooLate(
        _("“%(item)s” was changed meanwhile: version %(n)s is by %(who)s. Look at it again.")
        % {"item": rule, "n": last.version, "who": who}
    )
