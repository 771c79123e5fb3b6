"""The access log for compliance and audit."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm.lib import keyset
from crm.privacy.forms import LogFilter
from crm.privacy.models import AccessEvent
from crm.staff.access import requires
from crm.staff.models import User

PAGE_SIZE = 50
ORDER = [("at", "desc"), ("pk", "desc")]


@requires("privacy.view_accessevent")
@require_safe
def log(request):
    """The newest lines first; a filter that makes no sense finds nothing and says why."""
    form = LogFilter(request.GET)
    found = _found(form.cleaned_data) if form.is_valid() else AccessEvent.objects.none()
    page = keyset.page(
        found, order=ORDER, size=PAGE_SIZE, after=request.GET.get("after"), before=request.GET.get("before")
    )
    context = {"form": form, "page": page, "count": keyset.capped_count(found)}
    return render(request, "privacy/log.html", context)


def _found(asked: dict):
    events = AccessEvent.objects.on_days(asked["first"], asked["last"])
    if asked["action"]:
        events = events.filter(action=asked["action"])
    if asked["person"]:
        events = events.by_people(list(User.objects.named(asked["person"]).values_list("pk", flat=True)[:50]))
    return events
