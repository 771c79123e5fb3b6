"""Pages of Django admin that load branches or people from a CSV file, all rows or none."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django import forms
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from crm.lib.tabular import TabularError, read_csv
from crm.staff.loading import LoadError

MOST_BYTES = 2 * 2**20
FAULTS_SHOWN = 200


class LoadForm(forms.Form):
    file = forms.FileField(label=_("CSV file"), widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt"}))

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 2 MB: load it with the command."))
        return file


class LoadsCsv:
    """Adds the page `load/` and its button on the list; the model's admin says what `load_file` does."""

    change_list_template = "admin/staff/change_list.html"
    heads: dict[str, tuple[str, ...]] = {}
    most_rows = 2000

    def get_urls(self):
        name = f"staff_{self.opts.model_name}_load"
        return [path("load/", self.admin_site.admin_view(self.load_view), name=name), *super().get_urls()]

    def may_load(self, request) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, (extra_context or {}) | {"may_load": self.may_load(request)})

    def load_view(self, request):
        """The outcome stands on the answer itself: initial passwords are shown once and kept nowhere."""
        if not self.may_load(request):
            raise PermissionDenied
        form = LoadForm(request.POST, request.FILES) if request.method == "POST" else LoadForm()
        outcome, faults = None, []
        if form.is_valid():
            try:
                outcome = self.load_upload(request, form.cleaned_data["file"])
            except LoadError as refused:
                faults = refused.faults
            except TabularError as unreadable:
                form.add_error("file", str(unreadable))
        context = self.admin_site.each_context(request) | {
            "title": _("Load from a CSV file"),
            "opts": self.opts,
            "form": form,
            "outcome": outcome,
            "fault_count": len(faults),
            "faults": [(fault.row, self.head_of(fault.column), fault.reason) for fault in faults[:FAULTS_SHOWN]],
            "head_lines": [",".join(words[i] for words in self.heads.values()) for i in (1, 0)],
        }
        return TemplateResponse(request, "admin/staff/load.html", context)

    def load_upload(self, request, upload):
        with TemporaryDirectory() as folder:
            file = Path(folder) / "upload.csv"
            file.write_bytes(upload.read())
            if sum(1 for _row in read_csv(file)) > self.most_rows + 1:
                told = _("The file has more than %(n)s rows: load it with the command.")
                raise TabularError(told % {"n": self.most_rows})
            return self.load_file(request, file)

    def head_of(self, column: str) -> str:
        """A column by both of its documented names."""
        return " ".join(self.heads.get(column, (column,))[:2])
