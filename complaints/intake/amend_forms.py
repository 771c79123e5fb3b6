"""Forms of what changes on a case after its registration."""

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.cases.codes import Means, Part
from complaints.cases.models import Respondent
from complaints.intake.forms import ClassificationForm, MomentField, files, words
from complaints.intake.registering import Person
from complaints.intake.rules import LENGTHS


class VersionForm(forms.Form):
    """`version` is the one that the writer saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)


class RetypeForm(VersionForm, ClassificationForm):
    reason = words(_("Reason"), LENGTHS["reason"], rows=2, required=True)

    def told(self) -> dict:
        return self.classification() | {"reason": self.cleaned_data["reason"]}


class SupplementForm(VersionForm):
    text = words(_("What was added"), LENGTHS["text"], rows=5, help_text=_("The words of the registration stay as they are."))  # fmt: skip
    files = files(_("Evidence"))  # type: ignore[assignment]  # a field leaves the class; the uploads are the instance's

    def told(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("text", "files")}


class PartyForm(VersionForm):
    part = forms.ChoiceField(label=_("Part"), choices=Part.choices)
    customer = words(_("Customer number"), 12, help_text=_("Links the archive: name and contact stand there and are not asked again."))  # fmt: skip
    name = words(_("Name"), 120)
    phone = words(_("Phone"), 60)
    email = words(_("E-mail"), 120)
    address = words(_("Address"), 200)
    id_number = words(_("Document number"), 40)
    authority = words(_("Authorisation or proof of succession"), 200, help_text=_("Of a proxy or an heir."))
    authority_files = files(_("The paper, scanned"))

    def person(self, customer) -> Person:
        names = ("part", "name", "phone", "email", "address", "id_number", "authority")
        return Person(customer=customer, **{name: self.cleaned_data[name] for name in names})


class RespondentsForm(VersionForm):
    employees = words(_("Employees"), 300, required=True, help_text=_("Employee numbers or names, between commas. They get no part in the case and do not see it."))  # fmt: skip
    why = forms.ChoiceField(label=_("Why"), choices=Respondent.Why.choices, initial=Respondent.Why.ACCUSED)
    note = words(_("Note"), 200)


class ReceivedForm(VersionForm):
    received_at = MomentField(label=_("Received"))
    reason = words(_("Reason"), LENGTHS["reason"], rows=2, required=True)

    def told(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("received_at", "reason")}


class AcknowledgeForm(VersionForm):
    means = forms.ChoiceField(label=_("Means"), choices=Means.choices)
    sent_at = MomentField(label=_("Sent"), required=False, help_text=_("Empty: now."))
    note = words(_("Note"), 200)

    def told(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("means", "sent_at", "note")}
