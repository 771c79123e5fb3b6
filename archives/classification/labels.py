"""What the codes of classes are called, in their order from the lowest, and how the theme colours them."""

from django.utils.translation import gettext_lazy as _

from archives.customers.codes import Kind

PERSONAL = {
    "ordinary": _("Ordinary customer"),
    "active": _("Active (potential) customer"),
    "gold": _("Gold card customer"),
    "platinum": _("Platinum customer"),
    "diamond": _("Diamond customer"),
    "private": _("Private banking customer"),
}
CORPORATE = {
    "base": _("Basic customer"),
    "active_c": _("Active corporate customer"),
    "key": _("Key customer"),
    "core": _("Core customer"),
    "strategic": _("Strategic customer"),
}
SHORT = {
    "ordinary": _("Ordinary"),
    "active": _("Potential"),
    "gold": _("Gold"),
    "platinum": _("Platinum"),
    "diamond": _("Diamond"),
    "private": _("Private bank"),
    "base": _("Basic"),
    "active_c": _("Active"),
    "key": _("Key"),
    "core": _("Core"),
    "strategic": _("Strategic"),
}
LADDERS = {Kind.PERSONAL.value: PERSONAL, Kind.CORPORATE.value: CORPORATE}
LABELS = PERSONAL | CORPORATE


def label_of(code: str) -> str:
    """The class's name; an unknown code (of a bank's own thresholds file) reads as it is, none as a dash."""
    return str(LABELS.get(code, code)) or "–"


def short_label_of(code: str) -> str:
    """The name without the word customer, for the heads of a table and a drawing."""
    return str(SHORT.get(code, "")) or label_of(code)


def rank_css(code: str) -> str:
    """The theme's class for the place of `code` on its ladder, from the lowest: cls-1 to cls-6."""
    for ladder in LADDERS.values():
        if code in ladder:
            return f"cls-{list(ladder).index(code) + 1}"
    return ""
