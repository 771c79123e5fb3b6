"""What the archive page says of a customer: who, what must be known, what to do next, then the sections."""

from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archives.accounts import selectors as accounts
from archives.changes.routing import capacity_of
from archives.changes.selectors import pending_items
from archives.classification.labels import label_of, rank_css
from archives.classification.selectors import class_history, class_of, moving
from archives.customers import codes
from archives.customers.masking import name_for
from archives.customers.presentation import archive_sections, expiry_hint, gaps, part_sections
from archives.customers.presentation import facts as personal_facts
from archives.intelligence.selectors import items_about
from archives.models import Account, ChangeRequest, Customer, DeadSign, Hold, Modification, Verdict
from archives.retention.services import open_holds
from archives.reviews.selectors import key_entry_of, meeting_mentions
from archives.stewardship.selectors import managers_of
from complaints.cases.selectors import cases_of, counts_of
from complaints.clocks.nearest import nearest_line
from crm.lib.dates import local_day
from crm.lib.keyset import page
from crm.lib.money import from_cents
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.workbench.timeline import timeline

SECTIONS = ("profile", "accounts", "changes", "complaints", "life")
VIEW_AGAIN = timedelta(minutes=30)
TIMELINE = 12
LIFE = 12


def note_view(request, customer: Customer, *, now: datetime) -> None:
    """One line in the access log a person, customer and half hour."""
    seen = AccessEvent.objects.filter(
        actor=request.user, action=AccessEvent.Action.VIEW, object_type="customer", object_id=customer.pk, at__gt=now - VIEW_AGAIN
    )  # fmt: skip
    if not seen.exists():
        record(
            AccessEvent.Action.VIEW,
            request=request,
            obj_type="customer",
            obj_id=customer.pk,
            label=customer.number,
            now=now,
        )


def facts(customer: Customer, *, user, now: datetime, section: str | None, query) -> dict:
    """Everything the template shows."""
    today = local_day(now)
    section = section if section in SECTIONS else "profile"
    open_requests = list(
        ChangeRequest.objects.open()
        .filter(customer=customer)
        .select_related("proposer", "assignee", "customer__branch")
    )
    kind = query.get("timeline") if query.get("timeline") in ("changes", "money", "complaints", "access") else "all"
    older = 60 if query.get("older") else TIMELINE
    held = class_of(customer) if user.has_perm("archives.view_classes") else None
    context = {
        "customer": customer,
        "name": name_for(user, customer),
        "held_class": held,
        "class_label": label_of(held.code) if held else "",
        "class_css": rank_css(held.code) if held else "",
        "facts": personal_facts(customer, today),
        "section": section,
        "requests": open_requests,
        "musts": _complaints(customer, user, now) + _musts(customer, open_requests, user, today),
        "case_counts": counts_of(customer, user),
        "gaps": gaps(customer),
        "figures": _figures(customer, user),
        "timeline": timeline(customer, user=user, kind=kind, limit=older),
        "timeline_kind": kind,
        "older": bool(query.get("older")),
        "account_count": Account.objects.filter(customer=customer).count(),
        "change_count": Modification.objects.filter(customer=customer).count(),
    }
    return context | CONTENT[section](customer, user, today, query)


def _figures(customer: Customer, user):
    """Stored balance and average with the deviation, for who may see them."""
    if not user.has_perm("archives.view_balance"):
        return None
    found = getattr(customer, "figures", None)
    if found and found.average_cents:
        found.deviation = round((found.balance_cents - found.average_cents) * 100 / found.average_cents, 1)
    return found


def _musts(customer: Customer, open_requests: list, user, today: date) -> list[dict]:
    """What somebody with this customer in front of them must know; the heaviest first."""
    found = []
    if customer.status in (codes.Status.DECEASED, codes.Status.CLOSED, codes.Status.DORMANT):
        found.append(
            _must("late", "alert", customer.get_status_display(), _("Ask the customer manager before any contact"))
        )
    for request in open_requests[:2]:
        mine = capacity_of(request=request, actor=user, today=today)
        strong = _("Waiting for your decision") if mine else _("Change waiting for a decision")
        who = request.proposer.name if request.proposer else _("Core system")
        found.append(
            _must("info", "edit", strong, f"{request.number} · {who}", reverse("changes:detail", args=[request.number]))
        )
    found += _watched(customer, user, today)
    hint, tone = expiry_hint(None if customer.id_permanent else customer.id_valid_until, today)
    if hint:
        found.append(_must(tone, "id", _("Document %(hint)s") % {"hint": hint}, f"{customer.id_valid_until:%Y-%m-%d}"))
    if customer.special_group not in ("", codes.SpecialGroup.NONE):
        found.append(_must("info", "shield", customer.get_special_group_display(), _("Serve with priority")))
    if customer.guardian_name:
        found.append(_must("info", "family", _("Has a guardian"), _("Involve the guardian")))
    if customer.manager_id is None:
        found.append(_must("warn", "user", _("No customer manager"), _("The outlet head decides")))
    if customer.missing:
        n = len(customer.missing_keys)
        text = ngettext("%(n)s field", "%(n)s fields", n) % {"n": n}
        may = user.has_perm("archives.propose_change")
        url = reverse("changes:supplement", args=[customer.number]) if may else ""
        found.append(_must("warn", "file", _("Archive has gaps"), text, url))
    return found


def _complaints(customer: Customer, user, now: datetime) -> list[dict]:
    """Open cases before everything else: whoever has the customer in front of them must know."""
    found = []
    for case in cases_of(customer, user).open()[:2]:
        line = nearest_line(case, now)
        url = reverse("complaints:case", args=[case.number]) if case.is_visible else ""
        parts = [case.number, case.get_state_display(), line.text if line else ""]
        text = " · ".join(part for part in parts if part)
        tone = line.css.removeprefix("tone-") if line else "info"
        found.append(_must(tone, "complaint", case.get_kind_display(), text, url))
    return found


def _watched(customer: Customer, user, today: date) -> list[dict]:
    """What holds the archive; key attention of the month; a class that is about to move."""
    found = [_must("warn", "lock", hold.get_kind_display(), hold.source) for hold in _holds(customer, today)]
    entry = key_entry_of(customer) if user.has_perm("archives.view_meeting") else None
    if entry is not None:
        text = f"{entry.action} · {entry.owner.name}"
        found.append(
            _must("warn", "flag", _("Key attention"), text, reverse("reviews:meeting", args=[entry.meeting.number]))
        )
    proposal = moving(customer) if user.has_perm("archives.view_classes") else None
    if proposal is not None:
        text = f"{label_of(proposal.old_code)} → {label_of(proposal.override_code or proposal.new_code)}"
        url = reverse("classification:run", args=[proposal.run.quarter])
        tone = "ok" if proposal.verdict == Verdict.UP else "warn"
        found.append(_must(tone, "gem", proposal.get_verdict_display(), text, url))
    return found


def _holds(customer: Customer, today: date):
    """Holds beside those of open cases, which are told by themselves."""
    return open_holds(customer, today).exclude(kind=Hold.Kind.COMPLAINT)[:2]


def _must(tone: str, icon: str, strong: str, text: str, url: str = "") -> dict:
    return {"tone": tone, "icon": icon, "strong": strong, "text": text, "url": url}


def _profile(customer, user, today, query) -> dict:
    pending = pending_items(customer)
    return {
        "sections": archive_sections(customer, user=user, pending=pending, today=today),
        "parts": part_sections(customer, user=user, pending=pending),
    }


def _accounts(customer, user, today, query) -> dict:
    if not user.has_perm("archives.view_balance"):
        return {"accounts": []}
    day = accounts.data_day(customer, today)
    first = accounts.chart_days(day)
    quarters = accounts.quarter_figures(customer, day=day)
    return {
        "accounts": accounts.accounts_of(customer),
        "quarters": quarters,
        "months": accounts.month_summary(customer, today=day),
        "chart": _chart(accounts.balance_series(customer, first=first, last=day), quarters, first, day),
        "postings": page(
            accounts.postings_of(customer),
            order=[("booked_on", "desc"), ("pk", "desc")],
            size=20,
            after=query.get("after"),
            before=query.get("before"),
        ),
        "data_day": day,
    }


def _chart(series, quarters, first: date, last: date) -> dict:
    def point(day: date, cents: int) -> list:
        return [day.isoformat(), float(round(from_cents(cents) / 10_000, 2))]

    steps = []
    for figures in sorted(quarters, key=lambda q: q.quarter):
        begin, end = max(figures.quarter.first, first), min(figures.quarter.last, last)
        if end >= first:
            steps += [point(begin, figures.average_cents), point(end, figures.average_cents)]
    return {
        "unit": _("×10,000 yuan"),
        "series": [
            {"name": _("Quarterly average"), "step": True, "points": steps},
            {"name": _("Balance"), "step": False, "points": [point(day, cents) for day, cents in series]},
        ],
    }


def _changes(customer, user, today, query) -> dict:
    return {
        "all_requests": ChangeRequest.objects.filter(customer=customer)
        .select_related("proposer", "decided_by")
        .order_by("-submitted_at")[:50]
    }


def _life(customer, user, today, query) -> dict:
    """Classes, meetings, intelligence, and who looked after the archive."""
    return {
        "class_changes": class_history(customer)[:LIFE] if user.has_perm("archives.view_classes") else [],
        "mentions": meeting_mentions(customer)[:LIFE] if user.has_perm("archives.view_meeting") else [],
        "intelligence": items_about(customer, user, LIFE),
        "tenures": managers_of(customer)[:LIFE],
        "signs": customer.dead_signs.select_related("noted_by")[:LIFE],
        "sign_kinds": DeadSign.Kind.choices,
    }


def _cases(customer, user, today, query) -> dict:
    return {"cases": cases_of(customer, user)[:50]}


CONTENT = {"profile": _profile, "accounts": _accounts, "changes": _changes, "complaints": _cases, "life": _life}


def row_notes(customer: Customer, today: date) -> list[dict]:
    """What a line of the list must say of a customer."""
    notes = []
    if customer.pending_count:
        notes.append({"tone": "info", "icon": "edit", "text": _("%(n)s waiting") % {"n": customer.pending_count}})
    hint, tone = expiry_hint(None if customer.id_permanent else customer.id_valid_until, today)
    if hint:
        notes.append({"tone": tone, "icon": "id", "text": _("Document %(hint)s") % {"hint": hint}})
    if customer.missing:
        n = len(customer.missing_keys)
        text = ngettext("%(n)s gap", "%(n)s gaps", n) % {"n": n}
        notes.append({"tone": "warn", "icon": "file", "text": text})
    if customer.status != codes.Status.CUSTOMER:
        notes.append({"tone": "none", "icon": "", "text": customer.get_status_display()})
    return notes
