"""The service office's desk, and the cases about oneself."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from complaints.handling.case_page import tone_of
from complaints.handling.desk import TRAYS, about, counts_for, known_to_accused, page_of
from crm.lib.keyset import page
from crm.staff.access import for_everybody, requires

SIZE = 25


@requires("complaints.run_office")
@require_GET
def desk(request):
    counts = counts_for(request.user)
    first = next((tray for tray, (n, _more) in counts if n), TRAYS[0])
    asked = request.GET.get("tray", "")
    tray = next((tray for tray in TRAYS if tray.key == asked), first)
    found, now = page_of(tray, request.user, request.GET), timezone.now()
    rows = [(case, tone_of(case, now)) for case in found.rows]
    context = {"trays": counts, "tray": tray, "page": found, "rows": rows, "now": now}
    return render(request, "complaints/handling/desk.html", context)


@for_everybody
@require_GET
def about_me(request):
    """Minimal: whoever is complained about learns that there is a case, how it stands, and how it ended."""
    found = page(
        about(request.user).order_by(), order=[("case__received_at", "desc"), ("pk", "desc")], size=SIZE,
        after=request.GET.get("after"), before=request.GET.get("before"),
    )  # fmt: skip
    context = {"page": found, "rows": [known_to_accused(row) for row in found.rows]}
    return render(request, "complaints/handling/about_me.html", context)
