"""Forms of Django admin over branches, people and absences."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils.translation import gettext_lazy as _

from crm.staff.deputies import possible_deputies
from crm.staff.models import Absence, Branch, User
from crm.staff.services import check_place


class BranchForm(forms.ModelForm):
    class Meta:
        model = Branch
        fields = ["code", "name", "kind", "parent", "district", "phone", "is_active"]

    def _post_clean(self):
        super()._post_clean()
        if not self.errors:
            try:
                check_place(branch=self.instance)
            except forms.ValidationError as refused:
                self.add_error(None, refused)


class EmployeeForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["employee_number", "username", "name", "branch", "email", "extension"]

    def clean(self):
        """No two people may be found by one word at the door."""
        data = super().clean()
        others = User.objects.exclude(pk=self.instance.pk)
        for name in ("username", "employee_number"):
            if data.get(name) and others.answering_to(data[name]).exists():
                self.add_error(name, _("Somebody bears this already."))
        return data


class TransferForm(forms.Form):
    branch = forms.ModelChoiceField(
        Branch.objects.active(),
        label=_("New branch"),
        widget=AutocompleteSelect(User._meta.get_field("branch"), admin.site),
    )


class AbsenceForm(forms.ModelForm):
    class Meta:
        model = Absence
        fields = ["user", "deputy", "starts", "ends", "reason"]

    def clean(self):
        data = super().clean()
        user, deputy = data.get("user"), data.get("deputy")
        if user and deputy and not possible_deputies(user).filter(pk=deputy.pk).exists():
            self.add_error("deputy", _("The deputy must be active, may decide changes and look after this branch."))
        starts, ends = data.get("starts"), data.get("ends")
        others = Absence.objects.of(user).exclude(pk=self.instance.pk)
        if user and starts and ends and others.touching(starts, ends).exists():
            self.add_error("starts", _("These days overlap another absence of theirs."))
        return data
