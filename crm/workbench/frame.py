"""What every page's frame shows: sections the role may open, counts of what waits, the bell, banners."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archives.changes.selectors import inbox_count
from crm.jobs.selectors import queue_warning
from crm.notifications.models import Notice
from crm.workdays.services import calendar_warning

BELL_CAP = 99
# The pages below one of the sidebar, by view name or namespace: there it is the current one.
BELOW = {
    "workbench:customers": {"workbench:customer", "customers:", "changes:propose", "changes:supplement", "changes:record", "retention:delete", "retention:sign", "retention:holds", "stewardship:merge"},
    "workbench:inbox": {"changes:detail", "changes:reveal", "changes:resubmit", "changes:decide_many"},
    "intelligence:list": {"intelligence:"},
    "classification:runs": {"classification:"},
    "reviews:meetings": {"reviews:meeting", "reviews:quarterly", "reviews:print_minutes", "reviews:quarterly_print"},
    "reviews:analyses": {"reviews:analysis", "reviews:analysis_customers"},
    "stewardship:hand_overs": {"stewardship:prepare_hand_over", "stewardship:hand_over"},
    "stewardship:merges": {"stewardship:merge_undo"},
    "retention:bin": {"retention:deletion", "retention:tombstones", "retention:tombstone"},
    "retention:sealed": {"retention:sealed_archive"},
    "stewardship:outlets": {"stewardship:outlet"},
    "overview:cases": {"complaints:", "intake:"},
    "overview:numbers": {"overview:reports", "overview:export"},
    "overview:improvements": {"overview:begin", "overview:improvement"},
    "clocks:targets": {"clocks:"},
    "complaint_loads:loads": {"complaint_loads:"},
    "duty:lobbies": {"duty:"},
    "briefings:list": {"briefings:"},
    "conduct:ledger": {"conduct:"},
    "jobs:jobs": {"jobs:"},
    "feeds:loads": {"feeds:load"},
}  # fmt: skip


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


# Sections of the sidebar below the workbench: title, icon, pages as (view name, label, right).
SECTIONS = [
    (
        gettext_lazy("Customer archives"),
        "users",
        [
            ("workbench:customers", gettext_lazy("Customer list"), "archives.view_customer"),
            ("workbench:inbox", gettext_lazy("Change approvals"), "archives.propose_change"),
            ("workbench:search", gettext_lazy("Search"), "archives.view_customer"),
            ("intelligence:list", gettext_lazy("Industry intelligence"), "archives.view_intelligence"),
            ("classification:runs", gettext_lazy("Customer classes"), "archives.view_classes"),
        ],
    ),
    (
        gettext_lazy("Meetings and analyses"),
        "meeting",
        [
            ("reviews:meetings", gettext_lazy("Meetings"), "archives.view_meeting"),
            ("reviews:key_customers", gettext_lazy("Key attention"), "archives.view_meeting"),
            ("reviews:analyses", gettext_lazy("Half-year and annual analyses"), "archives.view_analysis"),
        ],
    ),
    (
        gettext_lazy("Archive keeping"),
        "file",
        [
            ("stewardship:unmanaged", gettext_lazy("Without a manager"), "archives.assign_manager"),
            ("stewardship:hand_overs", gettext_lazy("Hand-overs"), "archives.hand_over"),
            ("retention:candidates", gettext_lazy("Dead archives"), "archives.propose_change"),
            ("stewardship:merges", gettext_lazy("Merges"), "archives.view_bin"),
            ("retention:bin", gettext_lazy("Recycle bin"), "archives.view_bin"),
            ("retention:sealed", gettext_lazy("Sealed archives"), "archives.view_sealed"),
            ("stewardship:outlets", gettext_lazy("Outlets"), "archives.move_outlet"),
        ],
    ),
    (
        gettext_lazy("Complaints"),
        "complaint",
        [
            ("overview:cases", gettext_lazy("Cases"), "complaints.view_case"),
            ("intake:register", gettext_lazy("Register a complaint"), "complaints.register_case"),
            ("complaints:desk", gettext_lazy("Service office"), "complaints.run_office"),
            ("complaints:follow_up", gettext_lazy("After the answer"), "complaints.call_back"),
            ("overview:board", gettext_lazy("Board"), "complaints.view_branch_cases"),
            ("overview:numbers", gettext_lazy("Figures and reports"), "complaints.view_numbers"),
            ("overview:repeats", gettext_lazy("Repeats and causes"), "complaints.view_numbers"),
            ("overview:improvements", gettext_lazy("Improvement tasks"), "complaints.view_numbers"),
            ("clocks:targets", gettext_lazy("Limits"), "complaints.set_targets"),
            ("complaint_loads:loads", gettext_lazy("Complaints from files"), "complaints.import_cases"),
        ],
    ),
    (
        gettext_lazy("Service discipline"),
        "shield",
        [
            ("duty:lobbies", gettext_lazy("Lobby and duty"), "complaints.view_roster"),
            ("briefings:list", gettext_lazy("Briefings"), "complaints.view_briefing"),
            ("conduct:mine", gettext_lazy("My points"), "complaints.view_briefing"),
            ("conduct:ledger", gettext_lazy("Points ledger"), "complaints.view_ledger"),
        ],
    ),
    (
        gettext_lazy("Administration"),
        "settings",
        [
            ("feeds:loads", gettext_lazy("Deposit files"), "archives.view_feed"),
            ("privacy:log", gettext_lazy("Access log"), "privacy.view_accessevent"),
            ("jobs:jobs", gettext_lazy("Jobs"), "jobs.view_jobrun"),
            ("admin:index", gettext_lazy("Configuration"), "staff.use_admin"),
        ],
    ),
]


def entries() -> set[str]:
    """View names that have an entry of their own: on such a page no other entry is the current one."""
    return {name for _title, _icon, pages in SECTIONS for name, _label, _right in pages}


def _nav(request, user) -> list[dict]:
    waiting = inbox_count(user, timezone.localdate()) if user.has_perm("archives.decide_change") else 0
    nav = [_link(request, "workbench:home", _("Workbench"), "home", count=waiting)]
    counts = {"workbench:inbox": waiting}
    for title, icon, pages in SECTIONS:
        children = [_link(request, name, label, "", counts.get(name, 0)) for name, label, right in pages if user.has_perm(right)]  # fmt: skip
        if children:
            nav.append({"url": children[0]["url"], "label": title, "icon": icon, "children": children})
    return nav


def _link(request, name: str, label: str, icon: str, count: int = 0) -> dict:
    match = request.resolver_match
    below = BELOW.get(name, set()) if match and match.view_name not in entries() else set()
    return {
        "url": reverse(name),
        "label": label,
        "icon": icon,
        "count": count,
        "current": bool(match and (match.view_name in {name, *below} or f"{match.namespace}:" in below)),
    }
