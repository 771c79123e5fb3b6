"""What a merge would do, as pages show it: fields side by side, what moves with counts, the approver's facts."""

from dataclasses import dataclass
from typing import cast

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archives.changes.models import ChangeRequest
from archives.customers.fields import CUSTOMER_FIELDS, PART_LABELS, SECTIONS
from archives.customers.links import Link
from archives.customers.masking import name_for, present
from archives.customers.models import Customer
from archives.stewardship.merge_fields import LOSER, differing, is_choosable, values_taken
from archives.stewardship.merge_rows import REQUESTS, count_rows, moving_links
from archives.stewardship.models import Merge

LABELS = {
    "account": gettext_lazy("Accounts"),
    "accountholder": gettext_lazy("Powers over accounts of others"),
    "changerequest": gettext_lazy("Change requests"),
    "intelligencecustomer": gettext_lazy("Industry intelligence"),
    "hold": gettext_lazy("Open matters that hold a deletion up"),
    "legalretention": gettext_lazy("Matters that the law keeps"),
    "deadsign": gettext_lazy("Notes of not being reached"),
    "merge": gettext_lazy("Earlier merges"),
}


@dataclass(frozen=True)
class Compared:
    """One field where the two archives differ, as the reader may see it; `chosen` is "" where nobody chooses."""

    key: str
    label: str
    section: str
    survivor: str
    loser: str
    chosen: str
    hides: bool


@dataclass(frozen=True)
class Moving:
    """How many rows of a kind go over, and how many stay because the remaining archive has the same."""

    label: str
    count: int
    same: int


def compared(survivor: Customer, loser: Customer, choices: dict[str, str], *, user) -> list[Compared]:
    rows = []
    for key, (ours, theirs) in differing(survivor, loser).items():
        field = CUSTOMER_FIELDS[key]
        left, right = present(field, ours, user=user, customer=survivor), present(field, theirs, user=user, customer=loser)  # fmt: skip
        chosen = choices.get(key, "") if is_choosable(key) else ""
        rows.append(Compared(key, str(field.label), str(SECTIONS[field.section]), left, right, chosen, left == right))
    return rows


def moving(survivor: Customer, loser: Customer) -> list[Moving]:
    """What would move, by kind; both ends of relations counted as one."""
    found: dict[str, list[int]] = {}
    for link, count, same in count_rows(survivor, loser):
        for label, n, twice in _counted(link, count, same, loser):
            total = found.setdefault(label, [0, 0])
            total[0] += n
            total[1] += twice
    return [Moving(label, n, twice) for label, (n, twice) in found.items()]


def _counted(link: Link, count: int, same: int, loser: Customer) -> list[tuple[str, int, int]]:
    if link.key != REQUESTS:
        return [(label_of(link), count, same)]
    waiting = ChangeRequest.objects.open().filter(customer=loser).count()
    settled = count + same - waiting
    lines = [(_("Open change requests"), waiting - same, same), (_("Settled change requests"), settled, 0)]
    return [line for line in lines if line[1] or line[2]]


def label_of(link: Link) -> str:
    known = LABELS.get(link.model) or PART_LABELS.get(link.model)
    return str(known or apps.get_model(link.app, link.model)._meta.verbose_name)


def counts_of(merge: Merge, what: str) -> list[tuple[str, int]]:
    """("Accounts", 3) and so on: of the "rows" that moved, or of those "skipped" by undoing."""
    counts: dict[str, int] = {}
    noted = merge.moved.get(what, {})
    for link in moving_links():
        found = noted.get(link.key)
        if found:
            counts[label_of(link)] = counts.get(label_of(link), 0) + (found if isinstance(found, int) else len(found))
    return list(counts.items())


def loser_of(request: ChangeRequest) -> Customer | None:
    """The archive that `request` would merge away, hidden or not; None once it is purged."""
    number = request.details.get("loser", "")
    return Customer.everyone.select_related("branch", "manager").filter(number=number).first()


def facts(request: ChangeRequest, user) -> list[tuple[str, str]]:
    """Lines for the approver: both archives, the values taken over, what moves. Nothing of a branch out of scope."""
    number, customer = request.details.get("loser", ""), cast(Customer, request.customer)
    lines = [(_("Remaining archive"), f"{customer.number} · {name_for(user, customer)}")]
    if not request.is_open:
        return [*lines, (_("Merged archive"), number), *_applied(request)]
    loser = loser_of(request)
    if loser is None or not Customer.objects.visible_to(user).filter(pk=loser.pk).exists():
        return [*lines, (_("Merged archive"), _("%(number)s (not in your branch)") % {"number": number})]
    lines.append((_("Merged archive"), f"{number} · {name_for(user, loser)} · {loser.branch.name}"))
    lines += _taken(request, loser, user)
    lines += [(line.label, _count_text(line)) for line in moving(customer, loser)]
    return lines


def _taken(request: ChangeRequest, loser: Customer, user) -> list[tuple[str, str]]:
    customer, pairs = cast(Customer, request.customer), []
    for key, text in values_taken(customer, loser, request.details.get("choices", {})).items():
        field = CUSTOMER_FIELDS[key]
        old = differing(customer, loser)[key][0]
        shown_old = present(field, old, user=user, customer=customer) or _("empty")
        shown_new = present(field, text, user=user, customer=loser) or _("empty")
        pairs.append((str(field.label), f"{shown_old} → {shown_new}"))
    return pairs or [(_("Values taken over"), _("none: every value stays as it is"))]


def _count_text(line: Moving) -> str:
    if line.same:
        return _("%(n)s move, %(same)s stand there already") % {"n": line.count, "same": line.same}
    return _("%(n)s move") % {"n": line.count}


def _applied(request: ChangeRequest) -> list[tuple[str, str]]:
    merge = Merge.objects.filter(request=request).first()
    if merge is None:
        return []
    return [(_("State"), str(merge.get_state_display())), (_("Can be undone until"), merge.undo_until.isoformat())]


def summary(request: ChangeRequest) -> str:
    """One line for lists: which archive goes into which."""
    numbers = {"loser": request.details.get("loser", ""), "number": request.customer.number}
    chosen = sum(side == LOSER for side in request.details.get("choices", {}).values())
    return _("%(loser)s goes into %(number)s, %(n)s values taken over") % (numbers | {"n": chosen})
