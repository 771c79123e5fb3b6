"""The first page of the day: what waits, ordered by consequence."""

from datetime import datetime

from django.db.models import Avg, Count, Q
from django.utils.translation import gettext_lazy as _

from archives.changes.selectors import sent_by, waiting_for, with_summaries
from archives.customers.masking import name_for
from archives.customers.presentation import expiry_hint
from archives.models import Customer
from archives.reviews.selectors import my_tasks, open_meetings_of
from complaints.briefings.reading import to_read
from complaints.cases.selectors import waiting_for as cases_for
from complaints.clocks.nearest import nearest_line
from complaints.duty.desk_page import next_rows
from complaints.duty.selectors import on_duty_now
from crm.lib.dates import local_day
from crm.notifications.models import Notice
from crm.staff.models import Branch
from crm.staff.roles import Scope
from crm.workbench.listing import lines, request_lines

SHOWN = 8


def facts(user, *, now: datetime, recent: list[Customer]) -> dict:
    """Sections for `user`; empty ones are left out by the template."""
    today = local_day(now)
    context = {"today": today, "recent": [(row, name_for(user, row)) for row in recent]}
    context |= _complaints(user, now) | {"to_read": to_read(user)[:SHOWN]}
    if user.has_perm("archives.decide_change"):
        rows = request_lines(waiting_for(user, today))
        context["waiting"] = with_summaries(list(rows.order_by("submitted_at")[:SHOWN]), user=user, now=now)
    if user.has_perm("archives.propose_change"):
        back = sent_by(user).filter(status__in=["rejected", "partly"]).order_by("-decided_at")
        context["returned"] = with_summaries(
            list(request_lines(back)[:SHOWN]),
            user=user,
            now=now,
        )
        context |= _mine(user, today)
    if user.has_perm("archives.view_meeting"):
        context["meetings"] = open_meetings_of(user)[:SHOWN]
        context["tasks"] = [
            (work, name_for(user, work.customer) if work.customer else "") for work in my_tasks(user, today)[:SHOWN]
        ]
    if user.has_perm("archives.view_customer") and user.scope != Scope.OWN:
        context["outlets"] = _by_outlet(user)
    context["notices"] = Notice.objects.of(user).unread().count() if not user.has_perm("archives.view_customer") else 0
    return context


def _complaints(user, now: datetime) -> dict:
    """Cases whose next step is the user's, by their nearest limit; the lobby's duty, now and next."""
    found: dict = {}
    if user.has_perm("complaints.view_case"):
        found["cases"] = [(case, nearest_line(case, now)) for case in cases_for(user)[:SHOWN]]
    if user.has_perm("complaints.view_roster"):
        found |= {"on_duty": on_duty_now(user.branch, now), "duty_rows": next_rows(user, now=now)}
    return found


def _mine(user, today) -> dict:
    """Archives that need something: one's own for a manager, the outlet's for others."""
    rows = Customer.objects.visible_to(user)
    own = rows.managed_by(user)
    label = _("My customers")
    if not own.exists():
        own, label = (rows.filter(branch=user.branch), user.branch.name)
    gaps = lines(own.incomplete()).filter(status="customer").order_by("completeness", "pk")[:SHOWN]
    expiring = lines(own.id_expiring(today=today, days=90)).order_by("id_valid_until", "pk")[:SHOWN]
    return {
        "mine_label": label,
        "gappy": [(row, name_for(user, row)) for row in gaps],
        "expiring": [(row, name_for(user, row), expiry_hint(row.id_valid_until, today)) for row in expiring],
    }


def _by_outlet(user):
    live = Q(customers__life="active")
    return (
        Branch.objects.in_scope_of(user)
        .annotate(
            archives=Count("customers", filter=live),
            complete=Avg("customers__completeness", filter=live),
            unmanaged=Count("customers", filter=live & Q(customers__manager=None)),
        )
        .filter(archives__gt=0)
        .order_by("path")
    )
