"""Reports on paper: a quarter for the regulator, a year for the public."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from complaints.overview.periods import Span
from complaints.overview.reporting import report_of
from crm.lib.dates import Quarter
from crm.lib.paper import render_pdf
from crm.lib.refusals import Refused
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import requires

PAPER = "complaints/overview/report_print.html"
QUARTERS, YEARS = 8, 3


@requires("complaints.view_numbers")
@require_GET
def reports(request):
    today = timezone.localdate()
    quarters, one = [], Quarter.of(today)
    for _turn in range(QUARTERS):
        quarters.append(str(one))
        one = one.previous
    years = [str(today.year - back) for back in range(YEARS)]
    return render(request, "complaints/overview/reports.html", {"quarters": quarters, "years": years})


def _span(request) -> Span:
    """A quarter or a year; the last quarter where nothing sound is asked."""
    asked = request.GET.get("period", "")[:8]
    try:
        return Span.parse(asked if "Q" in asked.upper() or len(asked) == 4 else "")
    except ValueError:
        return Span.parse(str(Quarter.of(timezone.localdate()).previous))


@requires("complaints.view_numbers")
@require_GET
def paper(request):
    return render(request, PAPER, report_of(_span(request), request.user))


@requires("complaints.view_numbers")
@require_GET
def pdf(request):
    span = _span(request)
    try:
        content = render_pdf(PAPER, report_of(span, request.user))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("overview:reports")
    record(
        AccessEvent.Action.DOWNLOAD, request=request, obj_type="report", label=f"complaints {span.label}", fields="figures"
    )  # fmt: skip
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="complaints-{span.label}.pdf"'
    return response
