"""Forms of the class pages: an override, the release of a held run, a table of thresholds."""

from datetime import date
from decimal import Decimal

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archives.classification.access import approvers_for
from archives.classification.flows import class_name
from archives.classification.models import Level, Scheme
from archives.classification.overriding import last_day_of
from archives.customers.codes import Kind
from crm.lib.dates import Quarter
from crm.lib.refusals import Refused
from crm.staff.models import User

HIGHEST_WAN = Decimal("100000000")  # a floor of a trillion yuan is a slip of the hand


def show_refusal(form: forms.Form, refusal: Refused) -> None:
    """What a service refused, at the field it names, else above the form."""
    for name, text in (refusal.fields or {"": refusal.message}).items():
        form.add_error(name if name in form.fields else None, text)


class OverrideForm(forms.Form):
    code = forms.ChoiceField(label=gettext_lazy("Class"))
    until = forms.DateField(label=gettext_lazy("until"), widget=forms.DateInput(attrs={"type": "date"}))
    approver = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("approver"), empty_label=gettext_lazy("choose")
    )
    reason = forms.CharField(
        label=gettext_lazy("reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The minutes and the class history carry it."),
    )  # fmt: skip

    def __init__(self, *args, proposal, actor, **options):
        super().__init__(*args, **options)
        run = proposal.run
        levels = run.scheme.levels.filter(kind=proposal.kind) if run.scheme else Level.objects.none()
        self.fields["code"].choices = [(level.code, class_name(level.code)) for level in levels.order_by("rank")]
        people = approvers_for(proposal.branch, actor=actor)
        self.fields["approver"].queryset = User.objects.filter(pk__in=[user.pk for user in people])
        last = last_day_of(Quarter.parse(run.quarter))
        self.fields["until"].help_text = _("At the latest %(day)s: four quarters.") % {"day": last.isoformat()}
        self.fields["until"].initial = Quarter.parse(run.quarter).next.last


class ReleaseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip


class VerdictForm(forms.Form):
    """The second person's word on a version of the thresholds."""

    decision = forms.ChoiceField(choices=[("accept", gettext_lazy("Adopt")), ("reject", gettext_lazy("Reject"))])
    comment = forms.CharField(
        label=gettext_lazy("opinion"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self):
        data = super().clean()
        if data.get("decision") == "reject" and not data.get("comment"):
            self.add_error("comment", _("Say why you reject: the proposer will read it."))
        return data


class SchemeForm(forms.Form):
    """A new version of the thresholds: a cell for each class's floor (万元) and grace, beside dates and limits."""

    valid_from = forms.DateField(
        label=gettext_lazy("valid from"), widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("The first day of the current quarter or a later one."),
    )  # fmt: skip
    new_customer_days = forms.IntegerField(
        label=gettext_lazy("days of balances needed"), min_value=0, max_value=92,
        help_text=gettext_lazy("With fewer days in the quarter a customer is to be assessed; 0 switches the rule off."),
    )  # fmt: skip
    held_percent = forms.IntegerField(
        label=gettext_lazy("share of moves that stops a run (%)"), min_value=1, max_value=100
    )
    reason = forms.CharField(
        label=gettext_lazy("reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip

    def __init__(self, *args, base: Scheme, today: date, simulated=False, **options):
        self.base, self.today = base, today
        options.setdefault("initial", self._values_of(base, today))
        super().__init__(*args, **options)
        self.levels = list(base.levels.order_by("-kind", "rank"))
        for level in self.levels:
            name = f"{Kind(level.kind).label} · {class_name(level.code)}"
            self.fields[f"floor-{level.kind}-{level.code}"] = forms.DecimalField(
                label=_("%(class)s: from (10,000 yuan)") % {"class": name},
                min_value=Decimal(0), max_value=HIGHEST_WAN, decimal_places=4,
                widget=forms.NumberInput(attrs={"class": "num", "step": "any"}),
            )  # fmt: skip
            self.fields[f"grace-{level.kind}-{level.code}"] = forms.IntegerField(
                label=_("%(class)s: grace (quarters)") % {"class": name}, min_value=0, max_value=8,
                widget=forms.NumberInput(attrs={"class": "num"}),
            )  # fmt: skip
        if simulated:  # a trial needs the table alone
            self.fields["reason"].required = False

    @staticmethod
    def _values_of(base: Scheme, today: date) -> dict:
        values = {
            "valid_from": Quarter.of(today).first,
            "new_customer_days": base.new_customer_days,
            "held_percent": base.held_percent,
        }
        for level in base.levels.all():
            floor = Decimal(level.floor_cents) / 1_000_000
            values[f"floor-{level.kind}-{level.code}"] = f"{floor.normalize():f}"
            values[f"grace-{level.kind}-{level.code}"] = level.grace_quarters
        return values

    def tables(self) -> list[tuple[str, list[tuple]]]:
        """(kind in words, [(class, floor cell, grace cell)]) for the page."""
        found = []
        for kind in Kind.values:
            rows = [
                (class_name(level.code), self[f"floor-{kind}-{level.code}"], self[f"grace-{kind}-{level.code}"])
                for level in self.levels
                if level.kind == kind
            ]
            if rows:
                found.append((str(Kind(kind).label), rows))
        return found

    def plain_fields(self) -> list:
        return [self[name] for name in ("valid_from", "new_customer_days", "held_percent", "reason")]

    def clean_valid_from(self):
        day = self.cleaned_data["valid_from"]
        if day != Quarter.of(day).first:
            raise forms.ValidationError(_("Thresholds begin with a quarter: 1 January, 1 April, 1 July or 1 October."))
        if day < Quarter.of(self.today).first:
            raise forms.ValidationError(_("A quarter that is over keeps the thresholds it was computed with."))
        return day

    def clean(self):
        data = super().clean()
        for kind in Kind.values:
            self._check_floors([level for level in self.levels if level.kind == kind])
        return data

    def _check_floors(self, levels: list[Level]) -> None:
        """The lowest class begins at nothing, each next one above the one before: said at the cell."""
        before = None
        for n, level in enumerate(levels):
            name = f"floor-{level.kind}-{level.code}"
            floor = self.cleaned_data.get(name)
            if floor is None:
                before = None
                continue
            if floor * 1_000_000 != int(floor * 1_000_000):
                self.add_error(name, _("Not finer than a cent."))
            elif n == 0 and floor != 0:
                self.add_error(name, _("The lowest class begins at 0."))
            elif before is not None and floor <= before:
                self.add_error(name, _("Must lie above the class below it."))
            before = floor

    @property
    def table(self) -> list[dict]:
        """The levels as the services take them."""
        ranks: dict[str, int] = {}
        found = []
        for level in self.levels:
            rank = ranks.get(level.kind, 0)
            ranks[level.kind] = rank + 1
            found.append(
                {
                    "kind": level.kind,
                    "rank": rank,
                    "code": level.code,
                    "floor_cents": int(self.cleaned_data[f"floor-{level.kind}-{level.code}"] * 1_000_000),
                    "grace_quarters": self.cleaned_data[f"grace-{level.kind}-{level.code}"],
                }
            )
        return found
