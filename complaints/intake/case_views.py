"""What is read of a case one by one, each leaving a line in the access log: a file, a masked value; and that log."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from archives.customers.forms import RevealForm
from archives.customers.revealing import QUOTA, left_today, reason_told
from complaints.cases.access import get_visible_case
from complaints.intake.identity import reveal
from complaints.intake.page import may_read_files
from crm.lib.keyset import page
from crm.lib.refusals import Refused
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import requires


@requires("complaints.view_case")
@require_GET
def file(request, number: str, pk: int):
    """Always as a download; each one is logged."""
    case = get_visible_case(request.user, number, request=request)
    kept = get_object_or_404(case.files, pk=pk)
    if not may_read_files(case, request.user):
        raise PermissionDenied
    try:
        content = kept.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    record(
        AccessEvent.Action.DOWNLOAD,
        request=request, obj_type="case", obj_id=case.pk, label=case.number, fields=f"file {kept.pk}",
    )  # fmt: skip
    response = FileResponse(content, as_attachment=True, filename=kept.name, content_type=kept.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@requires("complaints.view_case", "archives.reveal_field")
@require_POST
def show_value(request, number: str):
    """One masked value, for sixty seconds, against a reason."""
    case = get_visible_case(request.user, number, request=request)
    form, now = RevealForm(request.POST), timezone.now()
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, str(errors[0]))
        return redirect("complaints:case", number=number)
    try:
        label, plain, masked = reveal(
            case=case,
            name=form.cleaned_data["field"],
            user=request.user,
            reason=form.reason_text,
            request=request,
            now=now,
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("complaints:case", number=number)
    context = {
        "case": case,
        "label": label,
        "plain": plain,
        "masked": masked,
        "left": left_today(user=request.user, now=now),
        "quota": QUOTA,
    }
    response = render(request, "complaints/intake/reveal.html", context)
    response["Refresh"] = f"60; url={reverse('complaints:case', args=[number])}"  # masked again without scripts too
    return response


@requires("complaints.view_case", "archives.view_access_log")
@require_GET
def access(request, number: str):
    """Who opened this case, read a masked value, fetched a file, or was refused."""
    case = get_visible_case(request.user, number, request=request)
    mine = Q(object_type="case", object_id=case.pk)
    if case.customer_id:
        mine |= Q(object_type="customer", object_id=case.customer_id, action="reveal", reason__endswith=case.number)
    events = page(
        AccessEvent.objects.filter(mine),
        order=[("at", "desc"), ("pk", "desc")],
        size=50,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    for event in events:
        event.reason = reason_told(event.reason)
    return render(request, "complaints/intake/access.html", {"case": case, "page": events})
