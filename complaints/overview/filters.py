"""The filter bar: what people narrow cases by, in their words; what is chosen, as chips."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from archives.classification.labels import LABELS, label_of
from complaints.cases.codes import Face, Kind, Level, Source, State
from complaints.cases.models import Category
from complaints.intake.categories import choices_of
from complaints.overview.criteria import ANY, ENDED, NONE, OPEN, Criteria
from complaints.overview.figures import FIGURES
from complaints.overview.limits import DUE
from complaints.overview.states import GROUPS, SEVERAL
from crm.staff.models import Branch

Choice = tuple[str, "str | Promise"]
FACES = {"channel": Face.CHANNEL, "business": Face.BUSINESS, "cause": Face.CAUSE}


@dataclass(frozen=True)
class Select:
    name: str
    label: str
    choices: list[Choice]
    value: str


def states() -> list[Choice]:
    groups: list[Choice] = [(one.address, one.label) for one in GROUPS.values() if one.address in SEVERAL]
    return [(OPEN, _("under way")), (ENDED, _("ended")), (ANY, _("any")), *groups, *State.choices]


def outlets_of(user) -> list[Choice]:
    rows = Branch.objects.in_scope_of(user).active().values_list("pk", "name")
    return [(str(pk), name) for pk, name in rows]


def bar(criteria: Criteria, user) -> list[Select]:
    """Selects in their order; the outlet only where there are several."""
    outlets = outlets_of(user) if user.has_perm("complaints.view_branch_cases") else []
    found = [Select("state", _("State"), states(), criteria.state)]
    if len(outlets) > 1:
        found.append(Select("outlet", _("Outlet"), outlets, criteria.outlet))
    found += [
        Select("due", _("Limit"), list(DUE.items()), criteria.due),
        Select("level", _("Level"), list(Level.choices), criteria.level),
        Select("kind", _("Kind"), list(Kind.choices), criteria.kind),
        Select("source", _("Came by"), list(Source.choices), criteria.source),
    ]
    labels = {"channel": _("Channel"), "business": _("Business"), "cause": _("Cause")}
    for name, face in FACES.items():
        choices: list[Choice] = [(NONE, _("none stated")), *((key, text) for key, text in choices_of(face) if key)]
        found.append(Select(name, labels[name], choices, getattr(criteria, name)))
    return found


def chips(criteria: Criteria) -> list[tuple[str, str, str]]:
    """(what, chosen value in words, address without it) of what narrows the list and stands in no select, or in one."""
    words = {
        "figure": (_("Figure"), FIGURES[criteria.figure].label if criteria.figure else ""),
        "due": (_("Limit"), DUE.get(criteria.due, "")),
        "level": (_("Level"), dict(Level.choices).get(criteria.level, "")),
        "kind": (_("Kind"), dict(Kind.choices).get(criteria.kind, "")),
        "source": (_("Came by"), dict(Source.choices).get(criteria.source, "")),
        "outlet": (_("Outlet"), _branch(criteria.outlet)),
        "product": (_("Product"), value_of("product", criteria.product)),
        "tier": (_("Class"), value_of("tier", criteria.tier)),
        "first": (_("Received from"), criteria.first),
        "last": (_("Received until"), criteria.last),
        **{name: (Face(face).label, value_of(name, getattr(criteria, name))) for name, face in FACES.items()},
    }
    return [
        (str(label), str(text), criteria.address(**{name: ""}))
        for name, (label, text) in words.items()
        if getattr(criteria, name) and text
    ]


def _branch(pk: str) -> str:
    return (Branch.objects.filter(pk=int(pk)).values_list("name", flat=True).first() or "–") if pk else ""


def value_of(name: str, value: str) -> str:
    """A value of a dimension in words; “-” is none."""
    if value == NONE:
        return _("none stated")
    if name in FACES and value:
        return str(Category.objects.filter(pk=int(value)).first() or "–")
    return label_of(value) if name == "tier" and value in LABELS else value
