"""Forms that propose and decide; the fields come from the catalogue."""

from django import forms
from django.utils.translation import gettext_lazy as _

from archives.changes.models import Reason
from archives.customers.fields import CUSTOMER_FIELDS, EDITABLE, PART_FIELDS, SECTIONS
from archives.customers.forms import field_for
from archives.customers.masking import may_read, present
from archives.customers.values import read, read_row
from crm.lib.blanks import is_blank


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ReasonForm(forms.Form):
    """Why: on every proposal."""

    reason_code = forms.ChoiceField(choices=[("", ""), *Reason.choices], label=_("Reason"), required=False)
    reason_text = forms.CharField(
        label=_("Explanation"), required=False, widget=forms.Textarea(attrs={"rows": 2, "maxlength": 500})
    )
    evidence = forms.FileField(
        label=_("Evidence"),
        required=False,
        widget=ManyFiles(attrs={"multiple": True, "accept": ".pdf,.png,.jpg,.jpeg"}),
        help_text=_("PDF, PNG or JPEG, at most five files. Needed to change a name or an identity document."),
    )
    token = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    base_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_evidence(self):
        return self.files.getlist("evidence") if hasattr(self.files, "getlist") else []


class ProposalForm(ReasonForm):
    """Every editable field of an archive. A masked value is not sent to the browser: empty means unchanged.

    `only` limits the fields; `initial` of a resubmission are the texts of the last round.
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
        self.hidden = set()
        for key in self.keys:
            field = CUSTOMER_FIELDS[key]
            form_field = field_for(field, kind=customer.kind, today=today)
            live = read(customer, key)
            form_field.initial = self.proposed.get(key, "" if is_blank(live) else live)
            if field.kind == "flag":
                form_field.initial = form_field.initial == "1"
            if live and key not in self.proposed and not may_read(user, customer, field):
                self.hidden.add(key)
                form_field.initial = ""
                masked = present(field, live, user=user, customer=customer)
                form_field.help_text = _("now %(value)s; leave empty to keep it") % {"value": masked}
            self.fields[key] = form_field

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
            unchanged = text == live or (not text and (key in self.hidden or is_blank(live)))
            if not unchanged:
                items[key] = text
        return items


class PartForm(ReasonForm):
    """One row of a part: added, changed, or taken out with `remove`."""

    remove = forms.BooleanField(required=False, label=_("Take this entry out of the archive"))

    def __init__(self, *args, customer, user, today, part: str, row=None, proposed: dict | None = None, **options):
        super().__init__(*args, **options)
        self.part, self.row = part, row
        self.live = read_row(part, row) if row else {}
        self.hidden = set()
        for field in PART_FIELDS[part].fields:
            form_field = field_for(field, kind=customer.kind, today=today)
            live = (proposed or self.live).get(field.key, "")
            form_field.initial = live == "1" if field.kind == "flag" else live
            if live and not proposed and not may_read(user, customer, field):
                self.hidden.add(field.key)
                form_field.initial = ""
                form_field.help_text = _("now %(value)s; leave empty to keep it") % {
                    "value": present(field, live, user=user, customer=customer)
                }
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
            values[key] = values[key] or self.live[key]
        return [(self.part, self.row.pk if self.row else 0, values)]


class RecordForm(forms.Form):
    """Filters of the modification record."""

    field = forms.CharField(required=False, max_length=40)
    first = forms.DateField(required=False, label=_("from"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(required=False, label=_("until"), widget=forms.DateInput(attrs={"type": "date"}))
    on = forms.DateField(required=False, label=_("State on the day"), widget=forms.DateInput(attrs={"type": "date"}))
