"""The dashboard."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from complaints.overview.filters import outlets_of
from complaints.overview.numbers_page import facts
from crm.staff.access import requires


@requires("complaints.view_numbers")
@require_GET
def numbers(request):
    context = facts(request.GET, request.user, timezone.localdate())
    outlets = outlets_of(request.user)
    context["outlets"] = outlets if len(outlets) > 1 else []
    return render(request, "complaints/overview/numbers.html", context)
