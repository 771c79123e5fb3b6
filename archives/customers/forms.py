"""Form fields from the catalogue, and the form that opens an archive."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from archives.customers import codes
from archives.customers.checking import document_fits
from archives.customers.fields import CUSTOMER_FIELDS, EDITABLE, PART_FIELDS, SECTIONS
from archives.customers.values import NEVER_EMPTY, check_together, clean, clean_row
from crm.privacy.catalogue import Field
from crm.staff.models import Branch, User
from crm.staff.roles import Role


class CatalogueField(forms.CharField):
    """A field of the catalogue: cleaned to canonical text by `values.clean`."""

    def __init__(self, field: Field, *, kind: str, today: date, **options):
        self.field, self.kind, self.today = field, kind, today
        options = {"required": False, "label": field.label, "help_text": field.help, "strip": False} | options
        super().__init__(widget=_widget(field, kind), **options)

    def clean(self, value):
        text = clean(
            self.field, value if isinstance(value, str) else ("1" if value else ""), kind=self.kind, today=self.today
        )
        if self.required and not text:
            raise ValidationError(_("Fill in this field."))
        return text


def _widget(field: Field, kind: str) -> forms.Widget:
    if field.choices is not None:
        choices = [(value, label) for value, label in field.choices.choices if _belongs(field, value, kind)]
        unknown = [] if field.key in NEVER_EMPTY and field is CUSTOMER_FIELDS[field.key] else [("", _("not known"))]
        return forms.Select(choices=[*unknown, *choices])
    if field.kind == "flag":
        return forms.CheckboxInput()
    if field.kind == "date":
        return forms.DateInput(attrs={"type": "date", "max": "2200-12-31"})
    if field.kind == "long":
        return forms.Textarea(attrs={"rows": 2, "maxlength": field.max_length})
    attrs = {"autocomplete": "off"}
    if field.kind in ("money", "percent", "number"):
        attrs["inputmode"] = "decimal"
    elif field.kind in ("mobile", "phone"):
        attrs["inputmode"] = "tel"
    return forms.TextInput(attrs=attrs | {"maxlength": max(field.max_length, 40)})


def _belongs(field: Field, value: str, kind: str) -> bool:
    return document_fits(field, value, kind)


def field_for(field: Field, *, kind: str, today: date, **options) -> forms.Field:
    """The form field of a catalogue field, for whichever form asks."""
    return CatalogueField(field, kind=kind, today=today, **options)


class ArchiveForm(forms.Form):
    """Opens an archive. `kind` decides the fields; only the name, or nothing but the branch, is needed."""

    branch = forms.ModelChoiceField(Branch.objects.none(), label=_("Branch"))
    manager = forms.ModelChoiceField(
        User.objects.none(), label=_("Customer manager"), required=False, empty_label=_("None")
    )
    assistant = forms.ModelChoiceField(
        User.objects.none(), label=_("Assisting manager"), required=False, empty_label=_("None")
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    different = forms.BooleanField(required=False, label=_("I have checked: this is somebody else"))

    def __init__(self, *args, kind: str, user: User, today: date, **options):
        super().__init__(*args, **options)
        self.kind, self.today = kind, today
        branches = Branch.objects.in_scope_of(user).active().filter(kind__in=["outlet", "direct_outlet"])
        self.fields["branch"].queryset = branches
        self.fields["manager"].queryset = self.fields["assistant"].queryset = (
            User.objects.active().with_role(Role.MANAGER).filter(branch__in=branches).order_by("employee_number")
        )
        for key in _offered(kind):
            self.fields[key] = field_for(CUSTOMER_FIELDS[key], kind=kind, today=today, required=key == "name")

    def sections(self) -> list[tuple]:
        """(heading, bound fields) in page order."""
        found: dict[str, list] = {}
        for key in _offered(self.kind):
            found.setdefault(CUSTOMER_FIELDS[key].section, []).append(self[key])
        return [(SECTIONS[section], fields) for section, fields in found.items()]

    def clean(self):
        data = super().clean()
        branch, manager = data.get("branch"), data.get("manager")
        for key in ("manager", "assistant"):
            if branch and data.get(key) and data[key].branch_id != branch.pk:
                self.add_error(key, _("This manager works at another branch: choose one of the chosen branch."))
        if manager and manager == data.get("assistant"):
            self.add_error("assistant", _("Somebody else assists: the manager stands above."))
        values = {key: data.get(key, "") for key in _offered(self.kind)}
        try:
            self.values = check_together(values, kind=self.kind, today=self.today)
        except ValidationError as error:
            self.values = values
            for key, messages in error.message_dict.items():
                self.add_error(key if key in self.fields else None, messages)
        return data


def _offered(kind: str) -> list[str]:
    return [f.key for f in CUSTOMER_FIELDS.of_kind(kind) if f.key in EDITABLE]


class RowForm(forms.Form):
    """One row of a part: a document, a contact point, a related person …"""

    def __init__(self, *args, part: str, kind: str, today: date, **options):
        super().__init__(*args, **options)
        self.part, self.kind, self.today = part, kind, today
        for field in PART_FIELDS[part].fields:
            self.fields[field.key] = field_for(field, kind=kind, today=today)

    @property
    def is_empty(self) -> bool:
        """Nothing was typed: the row is not wanted. Choices that came filled in do not count."""
        chosen = {f.key for f in PART_FIELDS[self.part].fields if f.choices is not None or f.kind == "flag"}
        return not any(self.cleaned_data.get(key) for key in self.fields if key not in chosen)

    def clean(self):
        data = super().clean()
        self.row: dict[str, str] = {}
        if self.errors or not any(v for k, v in data.items() if k in self.fields):
            return data
        if self.empty_permitted and self.is_empty:
            return data
        try:
            self.row = clean_row(self.part, data, kind=self.kind, today=self.today)
        except ValidationError as error:
            for key, messages in error.message_dict.items():
                self.add_error(key if key in self.fields else None, messages)
        return data


class RevealForm(forms.Form):
    """Why somebody needs to read a masked value."""

    field = forms.CharField(max_length=60)
    reason = forms.ChoiceField(choices=codes.RevealReason, label=_("Reason"))
    note = forms.CharField(max_length=120, required=False, label=_("Explanation"))

    def clean(self):
        data = super().clean()
        if data.get("reason") == codes.RevealReason.OTHER and len((data.get("note") or "").strip()) < 2:
            self.add_error("note", _("Say in a few words why you need to see this."))
        return data

    @property
    def reason_text(self) -> str:
        note = self.cleaned_data.get("note", "").strip()
        return f"{self.cleaned_data['reason']}: {note}" if note else self.cleaned_data["reason"]
