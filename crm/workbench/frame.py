"""What every page's frame shows: sections the role may open, counts of what waits, the bell, banners."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from archives.changes.selectors import inbox_count
from crm.jobs.selectors import queue_warning
from crm.notifications.models import Notice
from crm.workdays.services import calendar_warning

BELL_CAP = 99
# The pages below a section, by view name: there the section is the current one.
BELOW = {
    "workbench:customers": {
        "workbench:customer",
        "customers:create",
        "customers:reveal",
        "customers:access",
        "changes:propose",
        "changes:supplement",
        "changes:record",
    },
    "workbench:inbox": {"changes:detail", "changes:reveal", "changes:resubmit", "changes:decide_many"},
    "feeds:loads": {"feeds:load"},
}


def frame(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": []}
    oversees = user.has_perm("jobs.view_jobrun")
    return {
        "nav": SimpleLazyObject(lambda: _nav(request, user)),
        "unread_notices": SimpleLazyObject(lambda: len(Notice.objects.of(user).unread().values("pk")[:BELL_CAP])),
        "insecure_local_banner": _("Trial on this machine: invented data, no encryption on the line.")
        if settings.INSECURE_LOCAL
        else "",
        "calendar_warning": calendar_warning(timezone.localdate()) if oversees else "",
        "queue_warning": queue_warning(timezone.now()) if oversees else "",
    }


def _nav(request, user) -> list[dict]:
    waiting = inbox_count(user, timezone.localdate()) if user.has_perm("archives.decide_change") else 0
    nav = [_link(request, "workbench:home", _("Workbench"), "home", count=waiting)]
    if user.has_perm("archives.view_customer"):
        nav.append(_archives(request, user, waiting))
    pages = [
        ("feeds:loads", _("Deposit files"), "archives.view_feed"),
        ("privacy:log", _("Access log"), "privacy.view_accessevent"),
        ("admin:index", _("Configuration"), "staff.use_admin"),
    ]
    children = [_link(request, name, label, "") for name, label, right in pages if user.has_perm(right)]
    if children:
        nav.append({"url": children[0]["url"], "label": _("Administration"), "icon": "settings", "children": children})
    return nav


def _archives(request, user, waiting: int) -> dict:
    children = [_link(request, "workbench:customers", _("Customer list"), "")]
    if user.has_perm("archives.propose_change"):
        children.append(_link(request, "workbench:inbox", _("Change approvals"), "", count=waiting))
    children.append(_link(request, "workbench:search", _("Search"), ""))
    return {"url": children[0]["url"], "label": _("Customer archives"), "icon": "users", "children": children}


def _link(request, name: str, label: str, icon: str, count: int = 0) -> dict:
    match = request.resolver_match
    return {
        "url": reverse(name),
        "label": label,
        "icon": icon,
        "count": count,
        "current": bool(match and match.view_name in {name, *BELOW.get(name, ())}),
    }
