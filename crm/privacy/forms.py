"""What the access log is asked by."""

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.privacy.models import AccessEvent

_DAY = {"type": "date"}


class LogFilter(forms.Form):
    person = forms.CharField(label=_("Name, user name or employee number"), max_length=60, required=False)
    action = forms.ChoiceField(label=_("Action"), choices=[("", _("All")), *AccessEvent.Action.choices], required=False)
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))

    def clean(self):
        data = super().clean()
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            self.add_error("last", _("The last day lies before the first."))
        return data
