"""Forms of the monthly meeting. They clean; the services act."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from archives.reviews.models import AgendaItem, KeyCustomer, Meeting
from crm.lib.dates import SHANGHAI
from crm.staff.models import Branch, User

_DAY = {"type": "date"}
STATES = [("", _("All")), (Meeting.State.OPEN, _("To be held")), (Meeting.State.CLOSED, _("Frozen"))]


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, person: User) -> str:
        return f"{person.name} · {person.employee_number}"


class MeetingFilter(forms.Form):
    branch = forms.ModelChoiceField(Branch.objects.none(), label=_("Branch"), required=False, empty_label=_("All"))
    period = forms.RegexField(r"^[12][0-9]{3}(-[01][0-9]|Q[1-4])?$", label=_("Period"), required=False, max_length=7)
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)

    def __init__(self, *args, user: User, **options):
        super().__init__(*args, **options)
        self.fields["branch"].queryset = Branch.objects.in_scope_of(user)
        self.fields["period"].widget.attrs["placeholder"] = "2026-11"


class HeadForm(forms.Form):
    """When, where, who leads, who writes."""

    held_at = forms.DateTimeField(
        label=_("Held at"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    place = forms.CharField(label=_("Place"), max_length=80, required=False)
    host = PersonField(User.objects.none(), label=_("Host"), required=False, empty_label=_("choose"))
    recorder = PersonField(User.objects.none(), label=_("Recorder"), required=False, empty_label=_("choose"))

    def __init__(self, *args, meeting: Meeting, people: QuerySet[User], **options):
        initial: dict[str, Any] = {"place": meeting.place, "host": meeting.host_id, "recorder": meeting.recorder_id}
        initial["held_at"] = timezone.localtime(meeting.held_at) if meeting.held_at else ""
        super().__init__(*args, **dict(initial=initial, **options))
        for name in ("host", "recorder"):
            self.fields[name].queryset = people


def attendance_from(data, people: list[User]) -> dict[int, tuple[bool, str]]:
    """{person id: (present, reason)} of the attendance fields of a form; who has no mark is not expected."""
    found = {}
    for person in people:
        mark = data.get(f"mark-{person.pk}", "")
        if mark in ("present", "absent"):
            found[person.pk] = (mark == "present", data.get(f"reason-{person.pk}", "")[:1000])
    return found


class DecisionForm(forms.Form):
    """One item. Which fields a decision needs, `deciding.decide_item` says."""

    decision = forms.ChoiceField(choices=AgendaItem.Decision.choices, required=False)
    note = forms.CharField(label=_("What is to be done"), required=False, max_length=2000)
    owner = PersonField(User.objects.none(), label=_("Person responsible"), required=False)
    due_on = forms.DateField(label=_("Due on"), required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    result = forms.ChoiceField(label=_("Result"), choices=KeyCustomer.Result.choices, required=False)
    result_note = forms.CharField(label=_("What was done"), required=False, max_length=2000)
    seen = forms.CharField(required=False, max_length=16)

    def __init__(self, *args, people: QuerySet[User], **options):
        super().__init__(*args, **options)
        self.fields["owner"].queryset = people

    @property
    def values(self) -> dict:
        """What the service takes; an unreadable day or person counts as none and is asked for again."""
        data = self.cleaned_data
        return {
            "decision": data.get("decision", ""),
            "note": data.get("note", ""),
            "owner": data.get("owner"),
            "due_on": data.get("due_on"),
            "result": data.get("result", ""),
            "result_note": data.get("result_note", ""),
            "seen": data.get("seen", ""),
        }


class ReportForm(forms.Form):
    result = forms.ChoiceField(choices=KeyCustomer.Result.choices, required=False)
    note = forms.CharField(required=False, max_length=2000)
    seen = forms.CharField(required=False, max_length=16)


class KeyFilter(forms.Form):
    branch = forms.ModelChoiceField(Branch.objects.none(), label=_("Branch"), required=False, empty_label=_("All"))
    mine = forms.BooleanField(label=_("Only mine"), required=False)

    def __init__(self, *args, user: User, **options):
        super().__init__(*args, **options)
        self.fields["branch"].queryset = Branch.objects.in_scope_of(user)


def moment_of(held_at: datetime | None) -> datetime | None:
    """A time without a zone is the bank's."""
    if held_at is None or held_at.tzinfo is not None:
        return held_at
    return datetime.combine(held_at.date(), time(held_at.hour, held_at.minute), SHANGHAI)
