"""Forms of the lobby. They clean; the services decide."""

import re
from datetime import date, time

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.duty.checking import span
from complaints.duty.hours import WEEK
from complaints.duty.lobby import CHECKED, FAULT, MOST, OK, PHASES
from complaints.duty.models import Duty, Post
from complaints.duty.rules import Window
from crm.lib.refusals import Refused
from crm.staff.models import User

WEEKDAYS = [
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
]
WINDOW = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~～至]\s*(\d{1,2}):(\d{2})")


def day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def time_input() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, person: User) -> str:
        return f"{person.name} {person.employee_number} {person.role_names}".strip()


class DutyField(forms.ModelChoiceField):
    def label_from_instance(self, duty: Duty) -> str:
        return f"{duty.day} {duty.person.name} {duty.get_post_display()} {span(duty.starts, duty.ends)}"


class PlaceForm(forms.Form):
    """One duty: what, when, who. `people` of the outlet; `principals` for whom somebody stands in."""

    day = forms.DateField(label=gettext_lazy("day"), widget=day_input())
    post = forms.ChoiceField(label=gettext_lazy("post"), choices=Post.choices)
    starts = forms.TimeField(label=gettext_lazy("from"), widget=time_input())
    ends = forms.TimeField(label=gettext_lazy("until"), widget=time_input())
    person = PersonField(label=gettext_lazy("person"), queryset=User.objects.none())
    stands_in_for = PersonField(
        label=gettext_lazy("stands in for"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("nobody: holds the post"),
        help_text=gettext_lazy(
            "Needed where the person's role is not the post's; your placing approves the substitute."
        ),
    )

    def __init__(self, *args, people, principals, fixed_day: bool = False, **options):
        super().__init__(*args, **options)
        self.fields["person"].queryset = people
        self.fields["stands_in_for"].queryset = principals
        if fixed_day:
            del self.fields["day"]


class SwapForm(forms.Form):
    to = PersonField(label=gettext_lazy("who takes it"), queryset=User.objects.none())
    in_return = DutyField(
        label=gettext_lazy("in return"),
        queryset=Duty.objects.none(),
        required=False,
        empty_label=gettext_lazy("nothing"),
        help_text=gettext_lazy("A duty of that person that you take over."),
    )
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=200)

    def __init__(self, *args, people, duties, **options):
        super().__init__(*args, **options)
        self.fields["to"].queryset = people
        self.fields["in_return"].queryset = duties


class WeekForm(forms.Form):
    """Each weekday's windows as people write them: 08:30-12:00, 13:30-17:30."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for weekday in WEEK:
            self.fields[f"day_{weekday}"] = forms.CharField(label=WEEKDAYS[weekday], max_length=100, required=False)

    def clean(self):
        data = super().clean() or {}
        for weekday in WEEK:
            key = f"day_{weekday}"
            try:
                data[key] = windows_from(data.get(key, ""))
            except ValueError:
                self.add_error(key, _("Write the hours as 08:30-12:00, 13:30-17:30; leave a closed day empty."))
        return data

    @property
    def week(self) -> dict[int, list[Window]]:
        return {weekday: self.cleaned_data[f"day_{weekday}"] for weekday in WEEK}


def windows_from(text: str) -> list[Window]:
    """Windows of a day; ValueError for anything else."""
    text = text.replace("：", ":").strip()
    found = [(time(int(a), int(b)), time(int(c), int(d))) for a, b, c, d in WINDOW.findall(text)]
    if re.sub(r"[\s,;，；、]+", "", WINDOW.sub("", text)):
        raise ValueError(text)
    return found


def windows_text(windows) -> str:
    return ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in windows)


class ExceptionForm(forms.Form):
    day = forms.DateField(label=gettext_lazy("day"), widget=day_input())
    state = forms.ChoiceField(
        label=gettext_lazy("state"),
        choices=[("open", gettext_lazy("opens that day")), ("closed", gettext_lazy("not open"))],
    )
    opens = forms.TimeField(label=gettext_lazy("opens"), required=False, widget=time_input())
    closes = forms.TimeField(label=gettext_lazy("closes"), required=False, widget=time_input())
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=100)


MARKS = [("", gettext_lazy("not yet")), (OK, gettext_lazy("in order")), (FAULT, gettext_lazy("at fault"))]
PHASE_LABELS = {
    "before": gettext_lazy("before opening"),
    "during": gettext_lazy("during the day"),
    "after": gettext_lazy("after closing"),
}
CHECK_LABELS = {"environment": gettext_lazy("environment"), "equipment": gettext_lazy("equipment")}


class LogForm(forms.Form):
    customers = forms.IntegerField(label=gettext_lazy("customers served"), min_value=0, max_value=MOST)
    diverted = forms.IntegerField(label=gettext_lazy("sent to machines"), min_value=0, max_value=MOST)
    special = forms.IntegerField(label=gettext_lazy("special groups"), min_value=0, max_value=MOST)
    peak = forms.CharField(label=gettext_lazy("peak"), max_length=40, required=False)
    leads = forms.CharField(label=gettext_lazy("referrals and leads"), max_length=500, required=False)
    summary = forms.CharField(
        label=gettext_lazy("summary"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Write customer numbers, not names."),
    )
    opinion_book = forms.BooleanField(label=gettext_lazy("opinion book looked at"), required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for phase in PHASES:
            for key in CHECKED:
                self.fields[f"{phase}_{key}"] = forms.ChoiceField(
                    label=CHECK_LABELS[key], choices=MARKS, required=False
                )

    def phases(self):
        """(label, bound fields) of the three rounds."""
        return [(PHASE_LABELS[phase], [self[f"{phase}_{key}"] for key in CHECKED]) for phase in PHASES]

    @property
    def values(self) -> dict:
        data = self.cleaned_data
        checks = {phase: {key: data[f"{phase}_{key}"] for key in CHECKED} for phase in PHASES}
        names = ("customers", "diverted", "special", "peak", "leads", "summary", "opinion_book")
        return {name: data[name] for name in names} | {"checks": checks}


def log_initial(log) -> dict:
    """What a log holds, by field of the form."""
    names = ("customers", "diverted", "special", "peak", "leads", "summary", "opinion_book")
    found = {name: getattr(log, name) for name in names}
    return found | {f"{phase}_{key}": log.checks.get(phase, {}).get(key, "") for phase in PHASES for key in CHECKED}


class HandoverForm(forms.Form):
    taker = PersonField(label=gettext_lazy("taken over by"), queryset=User.objects.none())
    shift = forms.CharField(label=gettext_lazy("shift"), max_length=40, required=False)
    equipment = forms.CharField(label=gettext_lazy("equipment"), max_length=500)
    urgent = forms.CharField(
        label=gettext_lazy("urgent"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    rest = forms.CharField(
        label=gettext_lazy("other unfinished matters"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args, people, **options):
        super().__init__(*args, **options)
        self.fields["taker"].queryset = people


def show_refusal(form: forms.Form, refusal: Refused) -> None:
    """A refusal at its field, or above the form."""
    places = {key: texts for key, texts in refusal.fields.items() if key in form.fields}
    for key, texts in places.items():
        form.add_error(key, texts)
    if not places:
        form.add_error(None, refusal.message)


def day_from(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def time_from(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text or "")
    except ValueError:
        return None
