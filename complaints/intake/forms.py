"""The form of a registration. It cleans what was typed; what a case may say is decided in `registering`, by the service."""

from datetime import datetime
from decimal import Decimal

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from archives.changes.forms import ManyFilesField, ManyFilesInput
from complaints.cases.codes import Face, Flag, Group, Kind, Level, Part, Source, Urgency
from complaints.cases.models import Category
from complaints.intake.categories import INDENT, choices_of
from complaints.intake.registering import Person
from complaints.intake.respondents import people_named
from complaints.intake.rules import LENGTHS
from crm.lib.blanks import clean_text
from crm.lib.dates import SHANGHAI
from crm.lib.money import to_cents
from crm.lib.refusals import Refused
from crm.staff.models import Branch

ACCEPT = {"multiple": True, "accept": ".pdf,.png,.jpg,.jpeg"}
FILES_HELP = _("PDF, PNG or JPEG, at most five files.")
SPEAKERS = [("", _("the customer in person")), (Part.PROXY.value, _("a proxy")), (Part.HEIR.value, _("an heir"))]


class Words(forms.CharField):
    """Text without what nobody can see; `lines` keeps line breaks. Too long is said, nothing is cut."""

    def __init__(self, *args, lines: bool = False, **options):
        self.lines = lines
        super().__init__(*args, **options)
        self.widget.attrs.setdefault("maxlength", options.get("max_length"))

    def to_python(self, value):
        text = super().to_python(value)
        try:
            return clean_text(text, len(text), lines=self.lines)
        except ValueError:  # composed characters may be longer than what was typed
            return text.replace("\0", "")


def words(label, limit: int, *, help_text="", rows: int = 0, required: bool = False) -> Words:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return Words(label=label, required=required, max_length=limit, help_text=help_text, widget=widget, lines=rows > 0)


def files(label, help_text=FILES_HELP) -> ManyFilesField:
    return ManyFilesField(label=label, required=False, widget=ManyFilesInput(attrs=ACCEPT), help_text=help_text)


class MomentField(forms.DateTimeField):
    """A moment of the bank's time, to the minute."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    input_formats = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")

    def to_python(self, value) -> datetime | None:
        moment = super().to_python(value)
        return moment.replace(tzinfo=SHANGHAI) if moment and moment.tzinfo is None else moment


class CategoryField(forms.ChoiceField):
    """One entry of a face, or none yet; cleaned to the entry."""

    def __init__(self, *, face: str, **options):
        super().__init__(required=False, **options)
        self.face = face

    def show(self, *keep) -> None:
        self.choices = choices_of(self.face, keep=keep)

    def clean(self, value):
        pk = super().clean(value)
        return Category.objects.get(pk=pk) if pk else None


class ClassificationForm(forms.Form):
    """What the case is about: on registration and when it is typed anew."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices, widget=forms.RadioSelect, initial=Kind.COMPLAINT)
    level = forms.ChoiceField(label=_("Level"), choices=Level.choices, initial=Level.ORDINARY)
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency.choices, initial=Urgency.III)
    channel = CategoryField(face=Face.CHANNEL, label=_("Channel of the business"))
    business = CategoryField(face=Face.BUSINESS, label=_("Business category"))
    cause = CategoryField(face=Face.CAUSE, label=_("Cause"))
    flags = forms.MultipleChoiceField(
        label=_("Sensitivity"), required=False, choices=Flag.choices,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )  # fmt: skip
    group = forms.ChoiceField(label=_("Special group"), required=False, choices=[("", _("none")), *Group.choices])
    product = words(_("Product or service"), LENGTHS["product"])
    amount = forms.DecimalField(
        label=_("Amount (yuan)"), required=False, min_value=0, max_digits=15, decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"}),
    )  # fmt: skip

    def __init__(self, *args, keep=(), **options):
        super().__init__(*args, **options)
        for name in ("channel", "business", "cause"):
            self.fields[name].show(*keep)

    def classification(self) -> dict:
        """Arguments that registering and typing anew share."""
        names = ("kind", "level", "urgency", "channel", "business", "cause", "flags", "group", "product")
        amount: Decimal | None = self.cleaned_data["amount"]
        cents = None if amount is None else to_cents(amount)
        return {name: self.cleaned_data[name] for name in names} | {"amount_cents": cents}


class RegisterForm(ClassificationForm):
    facts = words(_("What happened"), LENGTHS["facts"], rows=6, required=True, help_text=_("In the words of whoever complains; they are not changed later."))  # fmt: skip
    demand = words(_("What is asked for"), LENGTHS["demand"], rows=2)
    is_anonymous = forms.BooleanField(label=_("anonymous: nobody is named"), required=False)
    customer = words(_("Customer number"), 12, help_text=_("Links the archive: name and contact stand there and are not asked again."))  # fmt: skip
    name = words(_("Name"), 120, help_text=_("Only of somebody without an archive."))
    phone = words(_("Phone"), 60, help_text=_("Another one than the archive holds, or of somebody without an archive."))
    email = words(_("E-mail"), 120)
    address = words(_("Address"), 200)
    id_number = words(_("Document number"), 40)
    speaker = forms.ChoiceField(label=_("Who speaks"), required=False, choices=SPEAKERS)
    proxy_name = words(_("Name of the proxy or heir"), 120)
    proxy_phone = words(_("Phone of the proxy or heir"), 60)
    authority = words(_("Authorisation or proof of succession"), 200, help_text=_("Which paper was shown, of which day."))  # fmt: skip
    authority_files = files(_("The paper, scanned"))
    people = forms.IntegerField(label=_("Number of complainants"), required=False, min_value=1, max_value=1_000_000, initial=1, help_text=_("Twenty or more make it a major complaint."))  # fmt: skip
    representatives = words(_("Representatives of a joint complaint"), 800, rows=3, help_text=_("At most five; one a line: name, phone."))  # fmt: skip
    outlet = forms.ChoiceField(label=_("Outlet complained about"))
    employees = words(_("Employees complained about"), 300, help_text=_("Employee numbers or names, between commas. They get no part in the case and do not see it."))  # fmt: skip
    source = forms.ChoiceField(label=_("How it came"), choices=Source.choices, initial=Source.COUNTER)
    received_at = MomentField(label=_("Received"), required=False, help_text=_("Empty: now. Only a letter or a file may have come earlier."))  # fmt: skip
    regulator_number = words(_("Number of the regulator"), LENGTHS["regulator_number"])
    regulator_due_on = forms.DateField(label=_("Answer to the regulator due on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))  # fmt: skip
    files = files(_("Evidence"))  # type: ignore[assignment]  # a field leaves the class; the uploads are the instance's
    token = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.outlets = {str(branch.pk): branch for branch in Branch.objects.active()}
        self.fields["outlet"].choices = [
            (key, f"{INDENT * max(branch.path.count('/') - 3, 0)}{branch.name}") for key, branch in self.outlets.items()
        ]

    def clean_outlet(self) -> Branch:
        return self.outlets[self.cleaned_data["outlet"]]

    def clean_people(self) -> int:
        return self.cleaned_data["people"] or 1

    def clean(self):
        data = super().clean()
        if "outlet" in data and data.get("employees"):
            try:
                data["employees"] = people_named(data["employees"], near=data["outlet"])
            except Refused as refusal:
                self.add_error("employees", refusal.message)
        if not data.get("speaker") and (data.get("proxy_name") or data.get("authority")):
            self.add_error("speaker", gettext("Say whether a proxy or an heir speaks."))
        return data

    def told(self, customer) -> dict:
        """The arguments of `services.register`; `customer` is whom the number means."""
        data = self.cleaned_data
        same = ("facts", "demand", "is_anonymous", "people", "source", "received_at", "regulator_number", "regulator_due_on")  # fmt: skip
        return (
            self.classification()
            | {name: data[name] for name in same}
            | {
                "respondent": data["outlet"],
                "respondents": data["employees"] or (),
                "customer": customer,
                "parties": list(self._parties(customer)),
            }
        )

    def _parties(self, customer):
        data = self.cleaned_data
        own = {name: data[name] for name in ("name", "phone", "email", "address", "id_number")}
        if customer or any(own.values()):
            yield Person(customer=customer, **own)
        if data["speaker"]:
            yield Person(
                part=data["speaker"], name=data["proxy_name"], phone=data["proxy_phone"], authority=data["authority"]
            )
        for line in data["representatives"].splitlines():
            name, _comma, phone = line.replace("\uff0c", ",").partition(",")
            if name.strip():
                yield Person(part=Part.REPRESENTATIVE, name=name.strip(), phone=phone.strip())
