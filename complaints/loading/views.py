"""Complaints from files: loads, one with its refused rows, uploading."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.contrib import messages
from django.core.files import File
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from complaints.loading.forms import UploadForm
from complaints.loading.models import CaseLoad
from complaints.loading.profiles import load_profile
from complaints.loading.running import JOB
from complaints.loading.services import begin_load
from crm.jobs.models import JobRun
from crm.jobs.services import queue_run
from crm.lib.keyset import page
from crm.lib.refusals import Refused
from crm.lib.tabular import write_raw
from crm.lib.uploads import clean_name
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import requires

LARGEST_MB = 20


@requires("complaints.import_cases")
def loads(request):
    form = UploadForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            load = _take(request, form)
        except Refused as refusal:
            form.add_error("file", refusal.message)
            status = 409
        else:
            messages.success(request, _("%(name)s is queued; you may leave this page.") % {"name": load.file_name})
            return redirect("complaint_loads:load", pk=load.pk)
    rows = CaseLoad.objects.select_related("by", "branch")
    order = [("started_at", "desc"), ("pk", "desc")]
    shown = page(rows, order=order, size=30, after=request.GET.get("after"), before=request.GET.get("before"))
    return render(request, "complaints/loading/loads.html", {"form": form, "page": shown}, status=status)


def _take(request, form: UploadForm) -> CaseLoad:
    """Keep the upload under a random name, and queue its load; the same file again is the load that was."""
    upload, now = form.cleaned_data["file"], timezone.now()
    name = clean_name(upload.name)
    if upload.size > LARGEST_MB * 2**20:
        raise Refused(_("%(name)s is larger than %(n)s MB: split it.") % {"name": name, "n": LARGEST_MB})
    suffix = ".csv.gz" if name.endswith(".gz") else ".csv"
    with TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        path = Path(folder) / f"{get_random_string(16)}{suffix}"
        with path.open("wb") as file:
            for chunk in upload.chunks():
                file.write(chunk)
        profile = load_profile(form.cleaned_data["profile"])
        branch = form.cleaned_data["branch"]
        load = begin_load(profile=profile, path=path, name=name, branch=branch, actor=request.user, now=now)
        if not load.source and not load.is_finished:
            with path.open("rb") as file:
                load.source.save(path.name, File(file))
    if not load.is_finished:
        queue_run(job=JOB, period=str(load.pk), now=now)
    return load


@requires("complaints.import_cases")
def load(request, pk: int):
    found = get_object_or_404(CaseLoad.objects.select_related("by", "branch"), pk=pk)
    rows = found.refused_rows.defer("raw")
    order = [("line", "asc"), ("pk", "asc")]
    shown = page(rows, order=order, size=50, after=request.GET.get("after"), before=request.GET.get("before"))
    run = JobRun.objects.filter(job=JOB, period=str(pk)).first()
    return render(request, "complaints/loading/load.html", {"load": found, "page": shown, "run": run})


@requires("complaints.import_cases")
def refused(request, pk: int):
    """The refused rows under the file's own header, to mend and load again."""
    found = get_object_or_404(CaseLoad, pk=pk)
    record(
        AccessEvent.Action.DOWNLOAD, request=request, obj_type="case load", obj_id=pk, label=found.file_name[:80],
        fields="refused rows", result=str(found.refused),
    )  # fmt: skip
    lines = found.refused_rows.values_list("raw", flat=True)
    response = StreamingHttpResponse(
        write_raw([found.header], lines.iterator()), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="refused-complaints-{pk}.csv"'
    return response
