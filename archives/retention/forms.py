"""Forms of deleting, holding and of what looks dead."""

from django import forms
from django.utils.translation import gettext_lazy as _

from archives.changes.forms import ManyFilesField, ManyFilesInput
from archives.changes.models import DELETE_REASONS
from archives.retention.models import DeadCandidate, DeadSign, Deletion, Hold
from crm.staff.models import Branch

CATEGORIES = [(reason.value, reason.label) for reason in DELETE_REASONS]
DAY = forms.DateInput(attrs={"type": "date"})


class DeletionForm(forms.Form):
    """Why an archive is to be deleted."""

    category = forms.ChoiceField(choices=[("", ""), *CATEGORIES], label=_("Category"))
    reason_text = forms.CharField(
        label=_("Explanation"), widget=forms.Textarea(attrs={"rows": 3, "maxlength": 500}), max_length=500
    )
    evidence = ManyFilesField(
        label=_("Evidence"),
        required=False,
        widget=ManyFilesInput(attrs={"multiple": True, "accept": ".pdf,.png,.jpg,.jpeg"}),
        help_text=_("PDF, PNG or JPEG, at most five files."),
    )
    token = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


class RestoreForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is restored"), max_length=300, widget=forms.TextInput(attrs={"maxlength": 300})
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class PurgeForm(forms.Form):
    number = forms.CharField(
        label=_("Type the number to confirm"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class SignForm(forms.Form):
    kind = forms.ChoiceField(choices=DeadSign.Kind.choices, label=_("Sign"))
    day = forms.DateField(label=_("Day"), widget=DAY)
    note = forms.CharField(label=_("Note"), required=False, max_length=200)


class HoldForm(forms.Form):
    kind = forms.ChoiceField(
        choices=[(kind.value, kind.label) for kind in (Hold.Kind.REGULATOR, Hold.Kind.AUDIT)], label=_("Kind")
    )
    source = forms.CharField(label=_("Number of the document"), max_length=60)
    reason = forms.CharField(label=_("Reason"), max_length=200)
    until = forms.DateField(
        label=_("Until"), required=False, widget=DAY, help_text=_("Empty: until somebody releases it.")
    )

    def __init__(self, *args, today, **options):
        super().__init__(*args, **options)
        self.today = today

    def clean_until(self):
        until = self.cleaned_data["until"]
        if until and until < self.today:
            raise forms.ValidationError(_("This day has passed already."))
        return until


class _InScope(forms.Form):
    """Filters; the outlets are those of the reader's scope."""

    branch = forms.ModelChoiceField(
        Branch.objects.none(), required=False, to_field_name="code", label=_("Branch"), empty_label=_("all in scope")
    )

    def __init__(self, *args, user, **options):
        super().__init__(*args, **options)
        self.fields["branch"].queryset = Branch.objects.in_scope_of(user).order_by("path")

    @property
    def asked(self) -> dict:
        """What was asked for; what is no answer asks for nothing."""
        self.is_valid()
        return self.cleaned_data


class BinForm(_InScope):
    category = forms.ChoiceField(
        choices=[("", _("any")), *CATEGORIES, (Deletion.MERGED, _("Merged"))], required=False, label=_("Category")
    )
    kind = forms.ChoiceField(
        choices=[("", _("any")), ("customer", _("Customer archive")), ("intelligence", _("Industry intelligence"))],
        required=False,
        label=_("Kind"),
    )
    left = forms.TypedChoiceField(
        choices=[("", _("any")), (3, _("3 days or fewer")), (7, _("7 days or fewer")), (14, _("14 days or fewer"))],
        coerce=int,
        empty_value=None,
        required=False,
        label=_("Days left"),
    )

    field_order = ["category", "kind", "branch", "left"]


class TombstoneForm(_InScope):
    number = forms.CharField(required=False, max_length=24, label=_("Number"))
    category = BinForm.base_fields["category"]
    kind = BinForm.base_fields["kind"]

    field_order = ["number", "category", "kind", "branch"]


class CandidateForm(_InScope):
    rule = forms.ChoiceField(choices=[("", _("any")), *DeadCandidate.Rule.choices], required=False, label=_("Rule"))

    field_order = ["rule", "branch"]
