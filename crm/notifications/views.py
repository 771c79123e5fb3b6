from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from crm.lib import keyset
from crm.notifications.models import Notice
from crm.notifications.services import mark_all_read, mark_read
from crm.staff.access import for_everybody

PAGE_SIZE = 50
ORDER = [("seen", "asc"), ("created_at", "desc"), ("pk", "desc")]


@for_everybody
@require_safe
def notices(request):
    """One's own notices, unread first, a heading a day; reading the page marks nothing."""
    mine = Notice.objects.of(request.user)
    page = keyset.page(
        mine.unread_first(),
        order=ORDER,
        size=PAGE_SIZE,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    unread, more = keyset.capped_count(mine.unread())
    context = {"page": page, "days": _by_day(page.rows), "unread": unread, "more_unread": more}
    return render(request, "notifications/list.html", context)


@for_everybody
@require_POST
def read(request):
    """Mark one notice (`notice`) or all of them as read, then back to where the reader was."""
    now = timezone.now()
    number = request.POST.get("notice", "")
    if number.isdecimal() and len(number) < 19:
        mark_read(actor=request.user, notice_id=int(number), now=now)
    elif "all" in request.POST:
        count = mark_all_read(actor=request.user, now=now)
        said = ngettext("%(count)s notice marked as read.", "%(count)s notices marked as read.", count)
        messages.success(request, said % {"count": count} if count else _("There was no unread notice."))
    place = {name: request.POST[name] for name in ("after", "before") if request.POST.get(name)}
    return redirect(reverse("notifications:list") + (f"?{urlencode(place)}" if place else ""))


def _by_day(rows):
    """Neighbouring notices of one day and state, as `(day, unread, rows)`."""
    groups = []
    for notice in rows:
        key = (timezone.localdate(notice.created_at), notice.read_at is None)
        if not groups or groups[-1][:2] != key:
            groups.append((*key, []))
        groups[-1][2].append(notice)
    return groups
