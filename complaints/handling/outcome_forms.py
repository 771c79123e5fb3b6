"""Forms from the solution on. They clean what was typed; the services decide. Every form carries the page's `version`."""

from datetime import datetime
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.cases.codes import Means
from complaints.cases.models import Case
from complaints.handling.apologising import apologisers
from complaints.handling.ending import targets
from complaints.handling.limits import CALL_TRIES
from complaints.handling.models import Apology, CallBack, Redress, Review
from complaints.handling.replying import PARTS
from crm.lib.dates import SHANGHAI
from crm.lib.money import to_cents
from crm.staff.models import User

CHOOSE = ("", _("choose"))


def text(label, *, rows: int = 4, limit: int = 2000, required: bool = True, **options) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=limit, required=required, strip=False,
        widget=forms.Textarea(attrs={"rows": rows}), **options,
    )  # fmt: skip


def line(label, *, limit: int, required: bool = True, **options) -> forms.CharField:
    return forms.CharField(label=label, max_length=limit, required=required, **options)


def choice(label, choices, **options) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[CHOOSE, *choices], **options)


def day(label, *, required: bool = True, **options) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, **options)


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return f"{obj.name} {obj.employee_number}"


class CaseField(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        return f"{obj.number} · {obj.respondent.name} · {obj.get_state_display()}"


class MomentField(forms.DateTimeField):
    """A moment in the bank's time, as browsers send it."""

    def __init__(self, **options):
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **options)


class CaseForm(forms.Form):
    """`wide` are the fields that take the whole width."""

    wide: frozenset[str] = frozenset()

    def __init__(self, *args, case: Case, **options):
        self.case = case
        super().__init__(*args, **options)

    @property
    def fields_with_width(self):
        return [(field, "col-12" if field.name in self.wide else "col-12 col-md-6") for field in self.visible_fields()]


class SolutionForm(CaseForm):
    wide = frozenset({"text"})
    text = text(_("What the bank will do"))


class SettleForm(CaseForm):
    wide = frozenset({"text"})
    text = text(_("What was answered"))
    means = choice(_("How the customer was told"), Means.choices)


class RedressForm(CaseForm):
    wide = frozenset({"reason"})
    kind = choice(_("Kind"), Redress.Kind.choices)
    amount = forms.DecimalField(label=_("Amount (yuan)"), min_value=Decimal(0), max_digits=12, decimal_places=2)
    reason = text(_("Reason"), rows=3, limit=500)

    def clean(self):
        amount = self.cleaned_data.pop("amount", None)
        if amount is not None:
            self.cleaned_data["amount_cents"] = to_cents(amount)
        return self.cleaned_data


class DecideRedressForm(CaseForm):
    wide = frozenset({"comment"})
    granted = choice(_("Decision"), [("yes", _("Grant it")), ("no", _("Refuse it"))])
    comment = text(_("Opinion"), rows=3, limit=300, required=False, help_text=_("Needed where it is refused."))

    def clean_granted(self) -> bool:
        return self.cleaned_data["granted"] == "yes"


class PayForm(CaseForm):
    paid_on = day(_("Paid on"))


class ApologyForm(CaseForm):
    wide = frozenset({"note"})
    by = PersonField(User.objects.none(), label=_("Who apologised"), empty_label=_("choose"))
    at = MomentField(label=_("When"))
    means = choice(_("How"), Means.choices)
    reaction = choice(_("How the customer took it"), Apology.Reaction.choices)
    note = text(_("What was said, or why it was done otherwise"), rows=3, limit=500, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["by"].queryset = apologisers(self.case)


class ReplyForm(CaseForm):
    """The parts of the answer; what is missing, the service says."""

    wide = frozenset(PARTS)
    facts = text(_("Facts found"), rows=6, limit=PARTS["facts"], required=False)
    basis = text(_("Basis and reasons"), rows=4, limit=PARTS["basis"], required=False)
    decision = text(_("Decision"), rows=4, limit=PARTS["decision"], required=False)
    remedies = text(
        _("Remedies"), rows=4, limit=PARTS["remedies"], required=False,
        help_text=_("Name all four: review by the upper level, mediation, arbitration, lawsuit."),
    )  # fmt: skip
    means = choice(_("How the answer is given"), Means.choices)

    def clean(self):
        parts = {part: self.cleaned_data.pop(part, "") for part in PARTS}
        return self.cleaned_data | {"parts": parts}


class ReasonForm(CaseForm):
    wide = frozenset({"reason"})
    reason = text(_("Reason"), rows=3, limit=300, help_text=_("Write no names: the reason stays in the history."))


class EmptyForm(CaseForm):
    """A step that asks for nothing but a yes."""


class CallBackForm(CaseForm):
    wide = frozenset({"note"})
    means = choice(_("How"), Means.choices, initial=Means.PHONE)
    answer = choice(
        _("What the customer answered"), CallBack.Answer.choices,
        help_text=_("Not reached counts as a try: after %(n)s tries the call-back ends.") % {"n": CALL_TRIES},
    )  # fmt: skip
    follow_up = choice(
        _("Where unsatisfied"), [("reopen", _("Open the case again")), ("escalate", _("Take it to the next level"))],
        required=False,
    )  # fmt: skip
    note = text(_("What the customer said"), rows=3, limit=500, required=False)


class AskReviewForm(CaseForm):
    wide = frozenset({"text"})
    text = text(_("What the customer asks to be looked at again"))


class DecideReviewForm(CaseForm):
    wide = frozenset({"reasons"})
    decision = choice(_("Decision"), Review.Decision.choices)
    reasons = text(_("Reasons"))


class WithdrawForm(CaseForm):
    wide = frozenset({"note"})
    said_on = day(_("Received on"))
    means = choice(_("How the customer said it"), Means.choices)
    note = text(_("In the customer's words"), rows=3, limit=500)


class MergeForm(CaseForm):
    wide = frozenset({"target", "no_new_facts"})
    target = CaseField(
        Case.objects.none(), label=_("Open case of the same customer or person"), to_field_name="number",
        empty_label=_("choose"),
    )  # fmt: skip
    no_new_facts = forms.BooleanField(label=_("It brings no new facts"), required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["target"].queryset = targets(self.case)


class BodyForm(CaseForm):
    wide = frozenset({"note"})
    body = line(_("Body"), limit=80)
    number = line(_("Their number"), limit=40, required=False)
    due_on = day(_("Answer due on"), required=False)
    note = text(_("Note"), rows=3, limit=300, required=False)


class NewFactsForm(CaseForm):
    wide = frozenset({"text"})
    text = text(_("What is new"))


class DisputeForm(CaseForm):
    way = forms.ChoiceField(label=_("Outside settlement"), required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["way"].choices = [("", _("none")), *Case._meta.get_field("dispute").flatchoices]


def as_typed(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
