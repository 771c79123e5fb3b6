"""The list of intelligence: its filters, and what each line says."""

from datetime import date

import django_filters
from django import forms
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from archives.customers.codes import Industry
from archives.customers.models import Customer
from archives.intelligence.models import Intelligence
from archives.intelligence.rules import EXPIRING_DAYS, Validity
from archives.intelligence.selectors import freshness_of, industries_of
from crm.staff.models import Branch

VALIDITY = [
    (Validity.VALID, _("valid")),
    (Validity.EXPIRING, _("expires within 30 days")),
    (Validity.STALE, _("stale")),
]


class IntelligenceFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_text", label=_("Title, content or source"))
    kind = django_filters.ChoiceFilter(choices=Intelligence.Kind.choices, label=_("Kind"), empty_label=_("any"))
    industry = django_filters.ChoiceFilter(
        choices=Industry.choices, method="by_industry", label=_("Industry"), empty_label=_("any")
    )
    customer = django_filters.CharFilter(method="by_customer", label=_("Linked customer number"))
    branch = django_filters.ModelChoiceFilter(
        queryset=Branch.objects.active(), method="by_branch", label=_("Branch"), empty_label=_("any")
    )
    validity = django_filters.ChoiceFilter(
        choices=VALIDITY, method="by_validity", label=_("Validity"), empty_label=_("any")
    )
    mine = django_filters.BooleanFilter(method="by_author", label=_("Added by me"), widget=forms.CheckboxInput)

    class Meta:
        model = Intelligence
        fields = ()

    def __init__(self, *args, today: date, **options):
        self.today = today
        super().__init__(*args, **options)

    def by_text(self, queryset, name, value):
        return queryset.mentioning(value[:60])

    def by_industry(self, queryset, name, value):
        return queryset.of_industry(value)

    def by_customer(self, queryset, name, value):
        """A number outside the reader's scope finds nothing, like one that nobody has."""
        seen = Customer.objects.visible_to(self.request.user).filter(number=value.replace(" ", "")[:12])
        return queryset.filter(customer_links__customer__in=seen.values("pk"))

    def by_branch(self, queryset, name, branch):
        return queryset.filter(branch__in=Branch.objects.subtree_of(branch).values("pk")) if branch else queryset

    def by_validity(self, queryset, name, value):
        if value == Validity.STALE:
            return queryset.stale(self.today)
        if value == Validity.EXPIRING:
            return queryset.stale_within(self.today, EXPIRING_DAYS)
        return queryset.fresh(self.today)

    def by_author(self, queryset, name, value):
        return queryset.filter(created_by=self.request.user) if value else queryset

    def chips(self) -> list[tuple[str, str, str]]:
        """(parameter, label, chosen value in words) of the active filters."""
        found = []
        for name, field in self.form.fields.items():
            value = self.form.cleaned_data.get(name) if self.form.is_valid() else None
            if value is True:
                found.append((name, str(field.label), ""))
            elif value:
                choices = {} if hasattr(field, "queryset") else dict(getattr(field, "choices", ()))
                found.append((name, str(field.label), str(choices.get(value, getattr(value, "name", value)))))
        return found


def lines(queryset):
    """With what a line shows; the long content is not read."""
    live = Count("customer_links", filter=Q(customer_links__customer__life="active"), distinct=True)
    waiting = Count("change_requests", filter=Q(change_requests__status="pending"), distinct=True)
    rows = queryset.select_related("branch", "created_by").defer("text", "token")
    return rows.annotate(customer_count=live, waiting_count=waiting)


def with_freshness(rows: list[Intelligence], today: date) -> None:
    """Set `freshness` and `industry_names` on each row."""
    for row in rows:
        row.freshness = freshness_of(row, today)
        row.industry_names = industries_of(row.industries)
