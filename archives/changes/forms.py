"""Forms that propose and decide; the fields come from the catalogue."""

from django import forms
from django.utils.translation import gettext_lazy as _

from archives.changes.models import EDIT_REASONS
from archives.customers.fields import CUSTOMER_FIELDS, EDITABLE, PART_FIELDS, SECTIONS
from archives.customers.forms import field_for
from archives.customers.masking import may_read, present
from archives.customers.values import read, read_row
from crm.lib.blanks import is_blank

_KEEP = _("now %(value)s; leave empty to keep it")


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of files, as a list; `evidence.keep_evidence` looks at size and kind."""

    def clean(self, data, initial=None):
        return list(data) if data else []


class ReasonForm(forms.Form):
    """Why: on every proposal."""

    reason_code = forms.ChoiceField(
        choices=[("", ""), *((code.value, code.label) for code in EDIT_REASONS)], label=_("Reason"), required=False
    )
    reason_text = forms.CharField(
        label=_("Explanation"), required=False, widget=forms.Textarea(attrs={"rows": 2, "maxlength": 500})
    )
    evidence = ManyFilesField(
        label=_("Evidence"),
        required=False,
        widget=ManyFilesInput(attrs={"multiple": True, "accept": ".pdf,.png,.jpg,.jpeg"}),
        help_text=_("PDF, PNG or JPEG, at most five files. Needed to change a name or an identity document."),
    )
    token = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    base_version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ProposalForm(ReasonForm):
    """Every editable field of an archive. A masked value is not sent to the browser: empty keeps it.

    `only` limits the fields, and lets a masked value be taken away. `proposed` are texts to start from
    instead of the live ones: those of the last round, or an earlier value to bring back.
    """

    def __init__(
        self,
        *args,
        customer,
        user,
        today,
        only: list[str] | None = None,
        proposed: dict[str, str] | None = None,
        **options,
    ):
        super().__init__(*args, **options)
        self.customer, self.user, self.proposed = customer, user, proposed or {}
        self.keys = [
            f.key for f in CUSTOMER_FIELDS.of_kind(customer.kind) if f.key in EDITABLE and (not only or f.key in only)
        ]
        self.hidden: set[str] = set()
        for key in self.keys:
            field = CUSTOMER_FIELDS[key]
            form_field = field_for(field, kind=customer.kind, today=today)
            live = read(customer, key)
            start = self.proposed.get(key, "" if is_blank(live) else live)
            form_field.initial = start == "1" if field.kind == "flag" else start
            if start and not may_read(user, customer, field):
                self._hide(key, form_field, start)
            self.fields[key] = form_field
            if key in self.hidden and key not in self.proposed and only and len(only) == 1:
                self.fields["clear"] = forms.BooleanField(required=False, label=_("Take the present value away"))

    def _hide(self, key: str, form_field: forms.Field, text: str) -> None:
        """Show the masked `text` beside an empty control."""
        self.hidden.add(key)
        form_field.initial = ""
        masked = {"value": present(CUSTOMER_FIELDS[key], text, user=self.user, customer=self.customer)}
        hint = _("proposed %(value)s; leave empty to keep it") if key in self.proposed else _KEEP
        form_field.help_text = hint % masked

    def sections(self):
        found: dict[str, list] = {}
        for key in self.keys:
            found.setdefault(CUSTOMER_FIELDS[key].section, []).append(self[key])
        return [(SECTIONS[section], fields) for section, fields in found.items()]

    def changed_items(self) -> dict[str, str]:
        """Fields that say something else than the archive; a hidden one left empty is unchanged."""
        items = {}
        for key in self.keys:
            text = self.cleaned_data.get(key, "")
            live = read(self.customer, key)
            if not text and key in self.hidden and not self.cleaned_data.get("clear"):
                text = self.proposed.get(key, live)
            if text != live and (text or not is_blank(live)):
                items[key] = text
        return items


class PartForm(ReasonForm):
    """One row of a part: added, changed, or taken out with `remove`."""

    remove = forms.BooleanField(required=False, label=_("Take this entry out of the archive"))

    def __init__(self, *args, customer, user, today, part: str, row=None, proposed: dict | None = None, **options):
        super().__init__(*args, **options)
        self.part, self.row = part, row
        self.start = proposed or (read_row(part, row) if row else {})
        self.hidden: set[str] = set()
        for field in PART_FIELDS[part].fields:
            form_field = field_for(field, kind=customer.kind, today=today)
            start = self.start.get(field.key, "")
            form_field.initial = start == "1" if field.kind == "flag" else start
            if start and not may_read(user, customer, field):
                self.hidden.add(field.key)
                form_field.initial = ""
                form_field.help_text = _KEEP % {"value": present(field, start, user=user, customer=customer)}
            self.fields[field.key] = form_field
        if row is None:
            del self.fields["remove"]

    def part_fields(self):
        return [self[field.key] for field in PART_FIELDS[self.part].fields]

    def part_items(self) -> list:
        """The one change, in the shape `propose_change` takes."""
        if self.cleaned_data.get("remove"):
            return [(self.part, self.row.pk, None)]
        values = {f.key: self.cleaned_data.get(f.key, "") for f in PART_FIELDS[self.part].fields}
        for key in self.hidden:
            values[key] = values[key] or self.start[key]
        return [(self.part, self.row.pk if self.row else 0, values)]


class RecordForm(forms.Form):
    """Filters of the modification record; `people` are (id, name) of those who stand in it."""

    field = forms.ChoiceField(required=False, label=_("Field"))
    person = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label=_("Person"))
    first = forms.DateField(required=False, label=_("from"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(required=False, label=_("until"), widget=forms.DateInput(attrs={"type": "date"}))
    on = forms.DateField(required=False, label=_("State on the day"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, fields, people, **options):
        super().__init__(*args, **options)
        self.fields["field"].choices = [("", _("any")), *fields]
        self.fields["person"].choices = [("", _("anybody")), *people]
