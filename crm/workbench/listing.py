"""The customer list: its filters, its orders, what each row says."""

from datetime import date

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from archives.classification.labels import LABELS
from archives.customers import codes
from archives.customers.completeness import label_of
from archives.customers.fields import CUSTOMER_FIELDS, MANDATORY_PEOPLE
from archives.customers.models import ENCRYPTED
from archives.customers.searching import search
from archives.models import ChangeRequest, Customer
from crm.lib.keyset import Page, page
from crm.staff.models import Branch, User
from crm.staff.roles import Role

SIZES = (12, 50, 100)
BANDS = {
    "full": (_("complete"), (100, 100)),
    "high": (_("80 to 99 %"), (80, 99)),
    "mid": (_("60 to 79 %"), (60, 79)),
    "low": (_("below 60 %"), (0, 59)),
}
EXPIRING = {"expired": (_("expired"), -1), "30": (_("within 30 days"), 30), "90": (_("within 90 days"), 90)}
ORDERS = {
    "name": ("pinyin", "asc"),
    "opened": ("opened_on", "desc"),
    "completeness": ("completeness", "asc"),
    "balance": ("figures__balance_cents", "desc"),
}
BALANCE_ORDERS = {"balance"}
COLUMNS = (
    "number", "kind", "status", "name", "pinyin", "completeness", "missing", "opened_on", "last_contact_on", "id_valid_until",
    "id_permanent", "special_group", "branch__name", "manager__name", "figures__balance_cents", "figures__average_cents",
    "customer_class__code",
)  # fmt: skip


LINE = (
    "number",
    "kind",
    "name",
    "pinyin",
    "pinyin_keys",
    "completeness",
    "id_valid_until",
    "branch__name",
    "manager__name",
)
REQUEST_JOINS = ("customer", "item", "proposer", "assignee", "branch", "decided_by")


def lines(queryset: QuerySet) -> QuerySet:
    """Customers as lines of a short list: nothing encrypted is read."""
    return queryset.select_related("branch", "manager").only(*LINE)


def request_lines(queryset: QuerySet) -> QuerySet:
    """Requests with whom they name; nothing encrypted of the customer is read."""
    return queryset.select_related(*REQUEST_JOINS).defer(*ENCRYPTED)


def gap_choices() -> list[tuple[str, str]]:
    keys = [f.key for f in CUSTOMER_FIELDS.fields if f.weight] + list(MANDATORY_PEOPLE)
    return [(key, label_of(key)) for key in keys]


class CustomerFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_text", label=_("Name, pinyin or number"))
    kind = django_filters.ChoiceFilter(choices=codes.Kind.choices, label=_("Kind"), empty_label=_("any"))
    status = django_filters.ChoiceFilter(choices=codes.Status.choices, label=_("Status"), empty_label=_("any"))
    branch = django_filters.ModelChoiceFilter(
        queryset=lambda request: Branch.objects.in_scope_of(request.user), method="by_branch", label=_("Branch"), empty_label=_("all in scope")
    )  # fmt: skip
    manager = django_filters.ModelChoiceFilter(
        queryset=lambda request: managers_in_scope(request.user), label=_("Customer manager"), empty_label=_("any")
    )
    completeness = django_filters.ChoiceFilter(
        choices=[(key, label) for key, (label, _range) in BANDS.items()], method="by_band", label=_("Completeness"), empty_label=_("any")
    )  # fmt: skip
    tier = django_filters.ChoiceFilter(
        choices=lambda: list(LABELS.items()), method="by_class", label=_("Class"), empty_label=_("any")
    )
    gap = django_filters.ChoiceFilter(
        choices=gap_choices, method="by_gap", label=_("Missing field"), empty_label=_("any")
    )
    expiring = django_filters.ChoiceFilter(
        choices=[(key, label) for key, (label, _days) in EXPIRING.items()], method="by_expiry", label=_("Document"), empty_label=_("any")
    )  # fmt: skip

    class Meta:
        model = Customer
        fields = ()

    def __init__(self, *args, today: date, **options):
        self.today = today
        super().__init__(*args, **options)

    def by_text(self, queryset, name, value):
        return search(queryset, value)

    def by_branch(self, queryset, name, branch):
        return queryset.filter(branch__in=Branch.objects.subtree_of(branch).values("pk")) if branch else queryset

    def by_band(self, queryset, name, value):
        low, high = BANDS[value][1]
        return queryset.filter(completeness__range=(low, high))

    def by_class(self, queryset, name, code):
        return queryset.filter(customer_class__code=code)

    def by_gap(self, queryset, name, value):
        return queryset.missing_field(value)

    def by_expiry(self, queryset, name, value):
        return queryset.id_expiring(today=self.today, days=EXPIRING[value][1])

    def chips(self) -> list[tuple[str, str, str]]:
        """(parameter, label, chosen value in words) of the active filters."""
        found = []
        for name, field in self.form.fields.items():
            value = self.form.cleaned_data.get(name) if self.form.is_valid() else None
            if value:
                choices = dict(getattr(field, "choices", ())) if not hasattr(field, "queryset") else {}
                found.append((name, str(field.label), str(choices.get(value, getattr(value, "name", value)))))
        return found


def managers_in_scope(user) -> QuerySet:
    return (
        User.objects.with_role(Role.MANAGER)
        .filter(branch__in=Branch.objects.in_scope_of(user))
        .order_by("employee_number")
    )


TABS = {
    "all": _("All"),
    "mine": _("My customers"),
    "gaps": _("With gaps"),
    "expiring": _("Document expires within 90 days"),
    "unmanaged": _("Without a manager"),
}


def in_tab(queryset, tab: str, *, user, today: date):
    if tab == "mine":
        return queryset.managed_by(user)
    if tab == "gaps":
        return queryset.incomplete()
    if tab == "expiring":
        return queryset.id_expiring(today=today, days=90)
    return queryset.unmanaged() if tab == "unmanaged" else queryset


def order_of(asked: str, *, may_see_balance: bool) -> tuple[str, str]:
    """(key, asc or desc) from `?sort=name` or `?sort=-name`; anything unknown is by name."""
    key = asked.lstrip("-")
    if key not in ORDERS or (key in BALANCE_ORDERS and not may_see_balance):
        return "name", "asc"
    natural = ORDERS[key][1]
    return key, natural if not asked.startswith("-") else ("asc" if natural == "desc" else "desc")


def page_of(queryset, *, order: tuple[str, str], size: int, after: str | None, before: str | None) -> Page:
    """One page; only the columns shown are read."""
    key, way = order
    if key in BALANCE_ORDERS:  # every archive has its figures: the inner join lets their index give the order
        queryset = queryset.filter(figures__isnull=False)
    rows = queryset.select_related("branch", "manager", "figures", "customer_class").only(*COLUMNS)
    return page(rows, order=[(ORDERS[key][0], way), ("pk", way)], size=size, after=after, before=before)


def with_pending(rows: list[Customer]) -> None:
    """Set `pending_count` on each row, in one query."""
    counts: dict[int, int] = {}
    for pk in (
        ChangeRequest.objects.open().filter(customer__in=[row.pk for row in rows]).values_list("customer", flat=True)
    ):
        counts[pk] = counts.get(pk, 0) + 1
    for row in rows:
        row.pending_count = counts.get(row.pk, 0)
