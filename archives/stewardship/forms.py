"""Forms of hand-overs, first assignments and outlets. Everything to choose from lies in the user's scope."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from archives.classification.labels import label_of
from archives.classification.models import CustomerClass
from archives.customers.codes import Kind
from archives.customers.models import Customer
from archives.stewardship.models import HandOver
from archives.stewardship.outlets import parents_for, targets_for
from archives.stewardship.rules import SELECTED, Choice
from archives.stewardship.selectors import loads_of, managers_at, supervisors_for
from crm.staff.models import Branch, User
from crm.staff.roles import Role

SELECTABLE = 500  # customers listed with boxes


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return f"{obj.name} {obj.employee_number}"


class PeopleField(forms.ModelMultipleChoiceField):
    """People with how many customers each manages."""

    loads: dict[int, int] = {}

    def label_from_instance(self, obj):
        return _("%(who)s (%(n)s customers now)") % {"who": obj.name, "n": self.loads.get(obj.pk, 0)}


class HandOverForm(forms.Form):
    which = forms.ChoiceField(label=_("Customers"))
    customers = forms.ModelMultipleChoiceField(Customer.objects.none(), required=False, label=_("Selected customers"))
    assisted = forms.BooleanField(label=_("Also the archives this person assists"), required=False, initial=True)
    incoming = PeopleField(
        User.objects.none(),
        label=_("Incoming managers"),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        help_text=_("Several share the customers so that their numbers become even."),
    )
    supervisor = PersonField(User.objects.none(), label=_("Supervisor of transfer"), empty_label=_("choose"))
    reason = forms.ChoiceField(label=_("Reason"), choices=HandOver.Reason.choices)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args, outgoing: User, branch: Branch, **options):
        super().__init__(*args, **options)
        mine = Customer.objects.filter(branch=branch, manager=outgoing)
        codes = CustomerClass.objects.filter(customer__in=mine.values("pk")).order_by("-rank")
        classes = [(f"class:{code}", label_of(code)) for code in dict.fromkeys(codes.values_list("code", flat=True))]
        kinds = [(f"kind:{value}", label) for value, label in Kind.choices]
        self.fields["which"].choices = [("all", _("all")), *kinds, *classes, (SELECTED, _("the selected ones"))]
        self.fields["customers"].queryset = mine
        managers = managers_at(branch).exclude(pk=outgoing.pk)
        self.fields["incoming"].queryset = managers
        self.fields["incoming"].loads = loads_of(managers)
        self.fields["supervisor"].queryset = supervisors_for(branch).exclude(pk=outgoing.pk)

    def clean(self):
        data = super().clean()
        if data.get("which") == SELECTED and not data.get("customers") and "customers" not in self.errors:
            self.add_error("which", _("Select the customers in the list below."))
        if data.get("supervisor") and data["supervisor"] in (data.get("incoming") or []):
            self.add_error("supervisor", _("The supervisor of transfer neither gives nor takes: choose another."))
        return data

    @property
    def choice(self) -> Choice:
        return Choice.of(self.cleaned_data["which"], assisted=self.cleaned_data["assisted"])

    @property
    def keys(self) -> list[int]:
        return [c.pk for c in self.cleaned_data["customers"]] if self.cleaned_data["which"] == SELECTED else []


# Bands of deposits in cents: from, below.
DEPOSITS: dict[str, tuple] = {
    "none": (_("no deposits"), None, 1),
    "small": (_("below 50,000 yuan"), 1, 5_000_000),
    "middle": (_("50,000 to 500,000 yuan"), 5_000_000, 50_000_000),
    "large": (_("500,000 yuan and more"), 50_000_000, None),
}


def _kinds(empty) -> list[tuple]:
    return [("", empty), *Kind.choices]


class UnmanagedFilter(forms.Form):
    branch = forms.ModelChoiceField(
        Branch.objects.none(), label=_("Branch"), required=False, to_field_name="code", empty_label=_("all in scope")
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=lambda: _kinds(_("any")))
    deposits = forms.ChoiceField(
        label=_("Deposits"),
        required=False,
        choices=[("", _("any")), *((key, label) for key, (label, _low, _high) in DEPOSITS.items())],
    )

    def __init__(self, *args, user: User, **options):
        super().__init__(*args, **options)
        self.fields["branch"].queryset = Branch.objects.in_scope_of(user)

    def narrow(self, rows):
        """What was asked for; a wrong filter narrows nothing."""
        asked = self.cleaned_data if self.is_valid() else {}
        if asked.get("branch"):
            rows = rows.filter(branch=asked["branch"])
        if asked.get("kind"):
            rows = rows.filter(kind=asked["kind"])
        if asked.get("deposits"):
            _label, low, high = DEPOSITS[asked["deposits"]]
            rows = rows.filter(figures__balance_cents__gte=low) if low is not None else rows
            rows = rows.filter(figures__balance_cents__lt=high) if high is not None else rows
        return rows


class AssignForm(forms.Form):
    manager = PersonField(User.objects.none(), label=_("Customer manager"), empty_label=_("choose"))
    customers = forms.ModelMultipleChoiceField(Customer.objects.none(), label=_("Customers"))

    def __init__(self, *args, user: User, branch: Branch | None = None, **options):
        super().__init__(*args, **options)
        managers = User.objects.active().with_role(Role.MANAGER).order_by("branch__path", "employee_number")
        scope = Branch.objects.in_scope_of(user) if branch is None else [branch]
        self.fields["manager"].queryset = managers.filter(branch__in=scope).select_related("branch")
        self.fields["manager"].label_from_instance = lambda person: f"{person.name} · {person.branch.name}"
        self.fields["customers"].queryset = Customer.objects.visible_to(user)


class RuleForm(forms.Form):
    branch = forms.ModelChoiceField(Branch.objects.none(), label=_("Branch"), to_field_name="code")
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=lambda: _kinds(_("any")))
    capacity = forms.IntegerField(label=_("Customers a manager, at most"), min_value=1, max_value=100_000)
    waiting = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args, user: User, **options):
        initial = {"capacity": settings.MANAGER_CAPACITY, "branch": user.branch.code}
        super().__init__(*args, **dict(initial=initial, **options))
        self.fields["branch"].queryset = Branch.objects.in_scope_of(user).active()


class OutletForm(forms.Form):
    """What both changes of an outlet ask: where to, why, and its code typed as a confirmation."""

    target = forms.ModelChoiceField(Branch.objects.none(), to_field_name="code", empty_label=_("choose"))
    reason = forms.CharField(label=_("Reason"), max_length=300)
    typed = forms.CharField(label=_("Type the outlet's code to confirm"), max_length=12)

    def __init__(self, *args, branch: Branch, **options):
        super().__init__(*args, **options)
        self.branch = branch
        self.fields["typed"].widget.attrs["autocomplete"] = "off"

    def clean_typed(self):
        if self.cleaned_data["typed"] != self.branch.code:
            raise forms.ValidationError(_("This is not the code of this outlet."))
        return self.cleaned_data["typed"]


class MergeOutletForm(OutletForm):
    def __init__(self, *args, branch: Branch, **options):
        super().__init__(*args, branch=branch, prefix="merge", **options)
        self.fields["target"].label = _("Into which outlet")
        self.fields["target"].queryset = targets_for(branch)


class MoveOutletForm(OutletForm):
    def __init__(self, *args, branch: Branch, **options):
        super().__init__(*args, branch=branch, prefix="move", **options)
        self.fields["target"].label = _("Under which parent")
        self.fields["target"].queryset = parents_for(branch)
