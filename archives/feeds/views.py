"""Deposit files: what was loaded, progress, refused rows; starting a load."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from archives.customers.models import Customer
from archives.feeds.forms import LoadForm, folders
from archives.feeds.models import FeedFile, FeedLoad, RefusedRow
from archives.feeds.profiles import ProfileError, broken
from archives.feeds.services import start_load
from crm.jobs.models import JobRun
from crm.jobs.services import queue_run
from crm.lib.keyset import page
from crm.lib.tabular import write_raw
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import requires


@requires("archives.view_feed")
def loads(request):
    may_start = request.user.has_perm("archives.import_feed")
    if request.method == "POST" and not may_start:
        raise PermissionDenied
    form = LoadForm(request.POST or None) if may_start else None
    if request.method == "POST" and form is not None and form.is_valid():
        return _start(request, form)
    rows = page(
        FeedLoad.objects.select_related("started_by"),
        order=[("created_at", "desc"), ("pk", "desc")],
        size=20,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    context = {"page": rows, "form": form, "folders": folders(), "broken": broken() if may_start else []}
    return render(request, "archives/feeds/loads.html", context)


def _start(request, form: LoadForm):
    now = timezone.now()
    branch = form.cleaned_data["default_branch"]
    try:
        load = start_load(
            profile=form.cleaned_data["profile"],
            folder=form.path,
            actor=request.user,
            now=now,
            covers=form.covers,
            default_branch=branch.code if branch else "",
        )
    except ProfileError as error:
        messages.error(request, str(error))
        return redirect("feeds:loads")
    queue_run(job="import-feed", period=str(load.pk), now=now)
    messages.success(request, _("Load %(n)s is queued; you may leave this page.") % {"n": load.pk})
    return redirect("feeds:load", pk=load.pk)


@requires("archives.view_feed")
def load(request, pk: int):
    """Counts and totals are of the whole bank; accounts that differ are named within the reader's scope only."""
    found = get_object_or_404(FeedLoad, pk=pk)
    running = found.status in (FeedLoad.Status.WAITING, FeedLoad.Status.RUNNING)
    if request.headers.get("X-Poll") and not running:
        return HttpResponse(headers={"HX-Refresh": "true"})  # the report stands where the progress was
    files = list(found.files.all())
    refusals = page(
        RefusedRow.objects.filter(file__load=found).select_related("file").defer("raw"),
        order=[("pk", "asc")],
        size=50,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    context = {
        "load": found,
        "files": files,
        "rows": sum(file.rows for file in files),
        "refused": sum(file.refused for file in files),
        "page": refusals,
        "run": JobRun.objects.filter(job="import-feed", period=str(pk)).first(),
        "running": running,
        "differences": _differences(found, request.user)[:100],
    }
    return render(request, "archives/feeds/load.html", context)


def _differences(load: FeedLoad, user):
    seen = Customer.objects.visible_to(user)
    return load.differences.filter(account__customer__in=seen).select_related("account__customer")


@requires("archives.import_feed", "archives.view_customer_name")
def refused(request, pk: int, file: int):
    """The refused rows under the file's own header, to mend and load again: people's data, so not for administrators."""
    found = get_object_or_404(FeedFile, pk=file, load=pk)
    record(
        AccessEvent.Action.DOWNLOAD,
        request=request,
        obj_type="feed",
        obj_id=pk,
        label=found.name,
        fields="refused rows",
        result=str(found.refused),
    )
    rows = found.refusals.order_by("line").values_list("raw", flat=True)
    response = StreamingHttpResponse(write_raw([found.header], rows.iterator()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-{pk}-{file}.csv"'
    return response
