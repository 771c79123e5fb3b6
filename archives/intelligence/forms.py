"""Forms of intelligence; what an item may say is decided in `cleaning`, by the services."""

from django import forms
from django.utils.translation import gettext_lazy as _

from archives.changes.forms import ManyFilesField, ManyFilesInput
from archives.changes.models import Reason
from archives.customers.codes import Industry
from archives.intelligence.cleaning import LIMITS
from archives.intelligence.models import Intelligence
from archives.intelligence.rules import split_numbers

ITEM_REASONS = [Reason.OUTDATED, Reason.WRONG, Reason.DUPLICATE]


def _day(label, help_text="") -> forms.DateField:
    return forms.DateField(
        label=label, required=False, help_text=help_text, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )  # fmt: skip


class ItemForm(forms.Form):
    """One item. `customers` are cleaned to a list of numbers."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Intelligence.Kind.choices)
    title = forms.CharField(label=_("Title"), widget=forms.TextInput(attrs={"maxlength": LIMITS["title"]}))
    text = forms.CharField(
        label=_("Content"),
        widget=forms.Textarea(attrs={"rows": 8, "maxlength": LIMITS["text"]}),
        help_text=_("No names, numbers or addresses of customers in the text: link them below."),
    )
    source = forms.CharField(
        label=_("Source"),
        widget=forms.TextInput(attrs={"maxlength": LIMITS["source"]}),
        help_text=_("Who published it, or who told you."),
    )
    source_date = _day(_("Source date"))
    valid_until = _day(_("Valid until"), _("Empty: a year from today. Then you are asked whether it is still right."))
    industries = forms.MultipleChoiceField(
        label=_("Industries"), required=False, choices=Industry.choices,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )  # fmt: skip
    customers = forms.CharField(
        label=_("Linked customers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Customer numbers in your scope, between blanks or commas."),
    )
    files = ManyFilesField(  # type: ignore[assignment]  # a field leaves the class; the uploads are the instance's
        label=_("Attachments"),
        required=False,
        widget=ManyFilesInput(attrs={"multiple": True, "accept": ".pdf,.png,.jpg,.jpeg"}),
        help_text=_("PDF, PNG or JPEG, at most five files."),
    )
    token = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def clean_customers(self):
        return split_numbers(self.cleaned_data["customers"])

    def values(self) -> dict:
        """The arguments that adding and correcting share."""
        kept = dict(self.cleaned_data)
        del kept["token"]
        return kept


class CorrectForm(ItemForm):
    """The same, with the reason; `version` is the one that the writer read."""

    reason = forms.CharField(label=_("Reason of the correction"), widget=forms.TextInput(attrs={"maxlength": 300}))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def values(self) -> dict:
        kept = super().values()
        del kept["version"]
        return kept


class ConfirmForm(forms.Form):
    valid_until = _day(_("Valid until"))
    version = forms.IntegerField(widget=forms.HiddenInput)


class DeleteForm(forms.Form):
    """Why an item goes; the archive's own reasons are the same codes."""

    category = forms.ChoiceField(label=_("Category"), choices=[(reason.value, reason.label) for reason in ITEM_REASONS])
    reason_text = forms.CharField(label=_("Explanation"), widget=forms.Textarea(attrs={"rows": 2, "maxlength": 500}))
    token = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
