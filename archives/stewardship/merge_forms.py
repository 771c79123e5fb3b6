"""Forms of a merge: which other archive, one choice per field, why; and undoing it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from archives.changes.forms import ManyFilesField, ManyFilesInput
from archives.stewardship.merge_fields import LOSER, SURVIVOR


class OtherForm(forms.Form):
    other = forms.CharField(label=_("Number of the other archive"), max_length=12, strip=True)


class MergeForm(forms.Form):
    """`choices` are the fields with the side proposed for each; `choice-<key>` says which value stays."""

    reason_text = forms.CharField(
        label=_("Why these are one customer"), widget=forms.Textarea(attrs={"rows": 2, "maxlength": 500})
    )
    evidence = ManyFilesField(
        label=_("Evidence"),
        required=False,
        widget=ManyFilesInput(attrs={"multiple": True, "accept": ".pdf,.png,.jpg,.jpeg"}),
        help_text=_("PDF, PNG or JPEG, at most five files."),
    )
    token = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    survivor_version = forms.IntegerField(min_value=1, max_value=10**9, widget=forms.HiddenInput)
    loser_version = forms.IntegerField(min_value=1, max_value=10**9, widget=forms.HiddenInput)

    def __init__(self, *args, choices: dict[str, str], **options):
        super().__init__(*args, **options)
        self.start = choices
        for key in choices:
            self.fields[f"choice-{key}"] = forms.ChoiceField(
                choices=[(SURVIVOR, ""), (LOSER, "")], required=False, widget=forms.RadioSelect
            )

    def chosen(self) -> dict[str, str]:
        """What was chosen so far, the proposed sides where nothing was."""
        if not self.is_bound:
            return self.start
        sent: dict[str, Any] = {key: self.data.get(f"choice-{key}") for key in self.start}
        return {key: sent[key] if sent[key] in (SURVIVOR, LOSER) else side for key, side in self.start.items()}


class UndoForm(forms.Form):
    reason = forms.CharField(
        label=_("Why the merge is undone"), widget=forms.Textarea(attrs={"rows": 2, "maxlength": 300})
    )
    confirmed = forms.BooleanField(
        required=False, label=_("Put the old values back nevertheless: the later edits are lost")
    )
    version = forms.IntegerField(min_value=1, max_value=10**9, widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=1, max_value=10**9, widget=forms.HiddenInput)
