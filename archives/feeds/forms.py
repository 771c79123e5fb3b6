"""The form that starts a load: a profile, and a folder below FEEDS_DIR or files uploaded into one."""

from pathlib import Path

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from archives.feeds.profiles import available
from crm.staff.models import Branch


class LoadForm(forms.Form):
    profile = forms.ChoiceField(label=_("Profile"))
    folder = forms.ChoiceField(label=_("Folder"), help_text=_("Folders below the bank's feed directory."))
    covers_from = forms.DateField(
        label=_("Covers from"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    covers_until = forms.DateField(
        label=_("Covers until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    default_branch = forms.ModelChoiceField(
        Branch.objects.none(), label=_("Branch for unmapped districts"), required=False, to_field_name="code"
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["profile"].choices = list(available().items())
        self.fields["folder"].choices = [(path.name, path.name) for path in folders()]
        self.fields["default_branch"].queryset = Branch.objects.active().filter(kind__in=["outlet", "direct_outlet"])

    def clean(self):
        data = super().clean()
        first, last = data.get("covers_from"), data.get("covers_until")
        if bool(first) != bool(last) or (first and last < first):
            self.add_error("covers_until", _("Give both days, the later one last, or none."))
        return data

    @property
    def path(self) -> Path:
        return next(path for path in folders() if path.name == self.cleaned_data["folder"])

    @property
    def covers(self):
        data = self.cleaned_data
        return (data["covers_from"], data["covers_until"]) if data.get("covers_from") else None


def folders() -> list[Path]:
    """Folders directly below FEEDS_DIR; nothing else can be named."""
    root = Path(settings.FEEDS_DIR)
    return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
