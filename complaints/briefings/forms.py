"""Forms of briefings and documents. They clean; the services act."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from archives.changes.forms import ManyFilesField, ManyFilesInput
from complaints.briefings.models import Briefing, Document
from crm.staff.models import Branch, User

DAY = {"type": "date"}


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, person: User) -> str:
        return f"{person.name} · {person.employee_number}"


class OpenForm(forms.Form):
    branch = forms.ModelChoiceField(Branch.objects.none(), label=_("Outlet"), empty_label=None)
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    kind = forms.ChoiceField(label=_("Kind"), choices=Briefing.Kind.choices)

    def __init__(self, *args, branches, **options):
        super().__init__(*args, **options)
        self.fields["branch"].queryset = branches


class RecordForm(forms.Form):
    """The record of one briefing: what a person writes down."""

    starts = forms.TimeField(
        label=_("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(
        label=_("Until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    place = forms.CharField(label=_("Place"), max_length=60, required=False)
    host = PersonField(User.objects.none(), label=_("Host"), required=False, empty_label=_("choose"))
    topics = forms.CharField(
        label=_("Topics"), required=False, widget=forms.Textarea(attrs={"rows": 5, "maxlength": 4000}),
        help_text=_("Assignments, risks, rules, cases. No names or numbers of customers."),
    )  # fmt: skip
    result = forms.CharField(
        label=_("Result"), required=False, widget=forms.Textarea(attrs={"rows": 3, "maxlength": 2000})
    )

    def __init__(self, *args, briefing: Briefing, people, **options):
        names = ("starts", "ends", "place", "topics", "result")
        initial: dict[str, Any] = {name: getattr(briefing, name) for name in names} | {"host": briefing.host_id}
        super().__init__(*args, **dict(initial=initial, **options))
        self.fields["host"].queryset = people


class DocumentForm(forms.Form):
    title = forms.CharField(label=_("Title"), widget=forms.TextInput(attrs={"maxlength": 120}))
    text = forms.CharField(
        label=_("Summary or text"), required=False, widget=forms.Textarea(attrs={"rows": 8, "maxlength": 8000})
    )
    files = ManyFilesField(  # type: ignore[assignment]  # a field leaves the class; the uploads are the instance's
        label=_("File"), required=False, widget=ManyFilesInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        help_text=_("PDF, PNG or JPEG."),
    )  # fmt: skip
    scope = forms.ModelChoiceField(Branch.objects.active(), label=_("For everybody at, and below"), empty_label=None)
    due_on = forms.DateField(label=_("Signed by"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))

    @classmethod
    def of(cls, document: Document | None, **options) -> "DocumentForm":
        """A form that begins with what the version before said."""
        start = {"title": document.title, "text": document.text, "scope": document.scope_id} if document else {}
        return cls(initial=start, **options)

    def values(self) -> dict:
        data = dict(self.cleaned_data)
        files = data.pop("files")
        return data | {"upload": files[0] if files else None}
