"""The register of exactly the cases of a list."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from complaints.overview.criteria import Criteria
from complaints.overview.exporting import export
from crm.lib.refusals import Refused
from crm.staff.access import requires


@requires("complaints.view_case", "complaints.export_cases")
@require_GET
def register(request):
    criteria = Criteria.read(request.GET, request.user)
    kind = "csv" if request.GET.get("format") == "csv" else "xlsx"
    try:
        return export(request, criteria=criteria, kind=kind, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(f"{reverse('overview:cases')}?{criteria.address()}")
