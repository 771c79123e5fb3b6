"""Forms of pauses, extensions, targets and recalculations; what they may say is decided by the services."""

from django import forms
from django.utils.translation import gettext_lazy as _

from archives.classification.labels import label_of
from complaints.cases.codes import Level, Means
from complaints.clocks.codes import ClockKind, Unit
from complaints.clocks.models import Pause
from complaints.clocks.targets import CLASSES
from crm.lib.refusals import Refused

REASON = {"rows": 2, "maxlength": 300}
VERSION = "version"


class Base(forms.Form):
    """A form that carries the version of the case it was shown with, and shows a refusal at its fields."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def show(self, refusal: Refused) -> None:
        known = {name: texts for name, texts in refusal.fields.items() if name in self.fields}
        for name, texts in known.items():
            self.add_error(name, texts)
        if not known:
            self.add_error(None, refusal.message)

    @property
    def shown_fields(self):
        return [field for field in self if field.name != VERSION]

    def values(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != VERSION}


class PauseForm(Base):
    reason = forms.ChoiceField(label=_("Reason"), choices=[("", "—"), *Pause.Reason.choices])
    note = forms.CharField(
        label=_("What is examined, by whom"), widget=forms.Textarea(attrs=REASON), help_text=_("No names of customers.")
    )


class ExtensionForm(Base):
    reason = forms.CharField(label=_("Why more time is needed"), widget=forms.Textarea(attrs=REASON))


class DecisionForm(Base):
    """Yes needs how and when the customer was told, no needs a comment: the service says so."""

    grant = forms.ChoiceField(widget=forms.HiddenInput, choices=[("yes", ""), ("no", "")])
    means = forms.ChoiceField(label=_("Customer told by"), required=False, choices=[("", "—"), *Means.choices])
    told_at = forms.DateTimeField(
        label=_("Customer told at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    comment = forms.CharField(label=_("Opinion"), required=False, widget=forms.Textarea(attrs=REASON))

    @property
    def shown_fields(self):
        return [field for field in self if field.name not in (VERSION, "grant")]

    def values(self) -> dict:
        return super().values() | {"grant": self.cleaned_data["grant"] == "yes"}


class TargetForm(forms.Form):
    kind = forms.ChoiceField(label=_("Clock"), choices=ClockKind.choices)
    level = forms.ChoiceField(label=_("Level"), required=False, choices=[("", _("any")), *Level.choices])
    class_code = forms.ChoiceField(label=_("Customer class"), required=False)
    amount = forms.DecimalField(label=_("Target"), max_digits=5, decimal_places=1)
    unit = forms.ChoiceField(label=_("Counted in"), choices=Unit.choices)
    valid_from = forms.DateField(
        label=_("Valid from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs=REASON))

    show = Base.show

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        classes = self.fields["class_code"]
        assert isinstance(classes, forms.ChoiceField)
        classes.choices = [("", _("any")), *((code, label_of(code)) for code in CLASSES)]


class RecalculateForm(forms.Form):
    why = forms.CharField(max_length=10, widget=forms.HiddenInput)
    seen = forms.CharField(max_length=40, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs=REASON))

    show = Base.show
