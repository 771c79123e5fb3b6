"""Forms of the points. They clean; the services act."""

from datetime import date
from decimal import Decimal

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from complaints.cases.models import Case
from complaints.conduct.models import PointProposal, PointRule
from complaints.conduct.rules import SCALE, UNIT
from crm.lib.dates import local_day
from crm.lib.refusals import Refused
from crm.staff.models import Branch, User

LISTED = 300  # people of a choice; above that their number is typed
LONGEST = 5_000  # characters read of a typed text; the services say what is too long
Kind = PointRule.Kind


def show_refusal(form: forms.Form, refusal: Refused) -> None:
    """What a service refused, at the field it names, else above the form."""
    for name, text in (refusal.fields or {"": refusal.message}).items():
        form.add_error(name if name in form.fields else None, text)


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _day_field(label, **options) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class EmployeeField(forms.ModelChoiceField):
    def label_from_instance(self, person: User) -> str:
        return f"{person.name} · {person.employee_number} · {person.branch.name}"


class RuleField(forms.ModelChoiceField):
    def label_from_instance(self, rule: PointRule) -> str:
        worth = f"{rule.points.normalize():f}" if rule.points else f"¥{rule.award_cents // 100}"
        return f"{rule.get_kind_display()} · {rule} · {worth}"


class ProposalForm(forms.Form):
    """Who, which item, when, what happened; and the inspection, where it is not about a case."""

    employee = EmployeeField(User.objects.none(), label=_("Employee"), to_field_name="employee_number")
    rule = RuleField(PointRule.objects.none(), label=_("Item of the catalogue"), to_field_name="code")
    happened_on = _day_field(
        _("Happened on"), help_text=_("The version of the item that was in force that day counts.")
    )
    inspection = forms.CharField(
        label=_("Inspection"), max_length=LONGEST, help_text=_("Which one, when, number of its record.")
    )
    why = forms.CharField(
        label=_("What happened"), max_length=LONGEST, widget=_area(3),
        help_text=_("The employee reads this: no names or numbers of customers."),
    )  # fmt: skip

    def __init__(self, *args, people: QuerySet[User], rules: QuerySet[PointRule], case: Case | None, **options):
        super().__init__(*args, **options)
        employee = self.fields["employee"]
        employee.queryset, self.fields["rule"].queryset = people, rules
        employee.error_messages["invalid_choice"] = _("Nobody of your branches has this number.")
        if people.count() > LISTED:
            employee.widget, employee.label = forms.TextInput(attrs={"maxlength": 20}), _("Employee number")
        else:
            employee.empty_label = _("choose")
        self.fields["rule"].empty_label = _("choose")
        if case is not None:
            del self.fields["inspection"]


class VerdictForm(forms.Form):
    """Yes or no to a proposal or an appeal, with words."""

    decision = forms.ChoiceField(choices=[("accept", "accept"), ("reject", "reject")])
    comment = forms.CharField(label=_("Opinion (needed to reject)"), required=False, max_length=LONGEST)


class AppealForm(forms.Form):
    text = forms.CharField(label=_("Why the decision is wrong"), required=False, max_length=LONGEST, widget=_area(3))


class AnswerForm(forms.Form):
    decision = forms.ChoiceField(choices=[("accept", "accept"), ("reject", "reject")])
    answer = forms.CharField(
        label=_("Answer to the employee, with its reasons"), required=False, max_length=LONGEST, widget=_area(2)
    )


class RevisionForm(forms.Form):
    """What a version of an item says."""

    item = forms.CharField(label=_("Item"), max_length=120)
    item_en = forms.CharField(label=_("Item in English"), max_length=120, required=False)
    points = forms.DecimalField(
        label=_("Points"), min_value=Decimal(0), max_value=SCALE, max_digits=4, decimal_places=1, initial=Decimal(1),
        widget=forms.NumberInput(attrs={"step": str(UNIT)}),
    )  # fmt: skip
    award = forms.IntegerField(label=_("Award (yuan)"), min_value=0, max_value=10_000, required=False, initial=0)
    basis = forms.CharField(label=_("Basis"), max_length=200)
    valid_from = _day_field(_("In force from"))

    @property
    def values(self) -> dict:
        data = self.cleaned_data
        kept = {key: data[key] for key in ("item", "item_en", "points", "basis", "valid_from")}
        return kept | {"award_cents": (data["award"] or 0) * 100}


class RuleForm(RevisionForm):
    """A new item."""

    code = forms.SlugField(
        label=_("Code"), max_length=40, help_text=_("Small letters, digits and hyphens; it stays for good.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    field_order = ["kind", "code"]

    @property
    def values(self) -> dict:
        return super().values | {"code": self.cleaned_data["code"], "kind": self.cleaned_data["kind"]}


class EndForm(forms.Form):
    last_day = _day_field(_("Last day in force"))


class LedgerFilter(forms.Form):
    branch = forms.ModelChoiceField(
        Branch.objects.none(), label=_("Branch"), required=False, empty_label=_("All"), to_field_name="code"
    )

    def __init__(self, *args, user: User, **options):
        super().__init__(*args, **options)
        self.fields["branch"].queryset = Branch.objects.in_scope_of(user)

    @property
    def chosen_branch(self) -> Branch | None:
        return self.cleaned_data.get("branch") if self.is_valid() else None


class ProposalFilter(LedgerFilter):
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("All")), *PointProposal.State.choices], required=False
    )  # fmt: skip

    @property
    def chosen_state(self) -> str:
        return self.cleaned_data.get("state", "") if self.is_valid() else ""


def opening_day(case: Case | None, today: date) -> date:
    """The day that a new proposal begins with."""
    return local_day(case.received_at) if case is not None else today
