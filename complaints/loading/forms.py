from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.loading.profiles import available
from crm.staff.models import Branch


class UploadForm(forms.Form):
    """Which file, written by which system, about which outlet."""

    profile = forms.ChoiceField(label=_("Written by"))
    branch = forms.ModelChoiceField(
        Branch.objects.active(), label=_("Outlet complained about"), empty_label=_("choose")
    )
    file = forms.FileField(label=_("File"), help_text=_("CSV, or CSV packed as .gz, at most 20 MB."))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["profile"].choices = list(available().items())
        self.fields["file"].widget.attrs["accept"] = ".csv,.gz"
