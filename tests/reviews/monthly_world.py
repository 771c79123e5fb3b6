"""Monthly meetings for the permission matrix and the canaries: here and there a closed one with a filed PDF and an open one."""

from datetime import date

from archives.models import AgendaItem, Attendance, KeyCustomer, Meeting
from archives.reviews.meetings import open_meeting
from crm.lib.paper import file_document

RUN = ("settle", "add_item", "head", "attendance", "minutes", "cite_item", "refresh", "close", "add_supplement")
MEETING_POST_ONLY = {f"reviews:{name}" for name in (*RUN, "decide", "report", "finish")}
MEETING_SCOPED = {*MEETING_POST_ONLY, "reviews:meeting", "reviews:print_minutes", "reviews:document"}


def add_meetings(found: dict, *, now) -> None:
    for place in ("here", "there"):
        customer = found[place]["customer"]
        closed, _new = open_meeting(
            kind="monthly", branch=customer.branch, period="2026-09", data_on=date(2026, 8, 31), due_on=date(2026, 9, 30), now=now
        )  # fmt: skip
        item = _item(closed, customer, decision=AgendaItem.Decision.TASK, owner=customer.manager, note="补齐资料")
        entry = KeyCustomer.objects.create(
            meeting=closed, customer=customer, number=customer.number, reasons=["movement"], owner=customer.manager,
            action="面谈", values={"balance": 100, "average": 100, "reasons": [{"code": "gaps", "percent": 40}]},
        )  # fmt: skip
        Meeting.objects.filter(pk=closed.pk).update(state="closed", closed_by=customer.manager, closed_at=now)
        file_document(owner=closed, name="minutes.pdf", content=b"%PDF-1.4\n%%EOF\n", now=now)
        running, _new = open_meeting(
            kind="monthly", branch=customer.branch, period="2026-10", data_on=date(2026, 9, 30), due_on=date(2026, 10, 30), now=now
        )  # fmt: skip
        Attendance.objects.create(meeting=running, person=customer.manager)
        found[place] |= {"meeting": running, "closed": closed, "agenda_item": _item(running, customer), "task": item, "entry": entry}  # fmt: skip


def _item(meeting, customer, **values) -> AgendaItem:
    return AgendaItem.objects.create(
        meeting=meeting, section=AgendaItem.Section.KEY, key=f"customer:{customer.number}", number=customer.number,
        customer=customer, facts={"reasons": [{"code": "complaint", "count": 1, "days": 3}], "balance": 1, "average": 1, "completeness": 40}, **values,
    )  # fmt: skip


def meeting_arguments(place: dict) -> dict:
    number = {"number": place["meeting"].number}
    return {
        **{f"reviews:{name}": number for name in (*RUN, "meeting", "print_minutes")},
        "reviews:document": {"number": place["closed"].number},
        "reviews:decide": number | {"pk": place["agenda_item"].pk},
        "reviews:report": {"pk": place["entry"].pk},
        "reviews:finish": {"pk": place["task"].pk},
    }


def meeting_addresses(place: dict) -> list[str]:
    """Every face of the pages."""
    urls = [f"/meetings/{place['closed'].number}/?tab={tab}" for tab in ("people", "list", "minutes", "key")]
    urls += [f"/meetings/{place['meeting'].number}/?tab={tab}" for tab in ("people", "list", "minutes", "key")]
    return [*urls, f"/meetings/{place['closed'].number}/print/", "/key-customers/?mine=1", "/meetings/?kind=monthly"]
