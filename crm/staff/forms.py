"""Forms of a person's own account."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.staff.deputies import possible_deputies
from crm.staff.models import Absence


class SignInForm(AuthenticationForm):
    """One message for a wrong password, an unknown name and a disabled person."""

    error_messages = {
        "invalid_login": _("User name or password is wrong."),
        "inactive": _("User name or password is wrong."),
    }


class OwnPasswordForm(PasswordChangeForm):
    """The old password, then the new one twice; what it must look like stands in `passwords.py`."""


class FirstPasswordForm(SetPasswordForm):
    """The new password twice, right after signing in with the initial one."""


class AbsenceForm(forms.ModelForm):
    class Meta:
        model = Absence
        fields = ["deputy", "starts", "ends", "reason"]
        widgets = {
            "starts": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "ends": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.user = user
        self.fields["deputy"].queryset = possible_deputies(user)

    def clean(self):
        data = super().clean()
        starts, ends = data.get("starts"), data.get("ends")
        if starts and starts < timezone.localdate():
            self.add_error("starts", _("The first day has passed."))
        if starts and ends and Absence.objects.of(self.instance.user).touching(starts, ends).exists():
            self.add_error("starts", _("These days overlap another absence of yours."))
        return data
