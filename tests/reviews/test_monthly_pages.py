"""The meeting's page: who may see and run it, every step without scripts and with htmx, two people at once."""

import pytest

from archives.models import AgendaItem, Attendance, Citation, KeyCustomer, Meeting
from archives.reviews.deciding import Section, entry_of, item_stamp
from archives.reviews.meetings import head_stamp, stamp
from crm.privacy.models import AccessEvent
from tests.archives import make_item
from tests.reviews.monthly import HELD, LONG_AGO, fresh, hold_it, november, person, put_on_list, settle_all, staff_it

RUN = ["settle", "add-item", "head", "attendance", "minutes", "cite-item", "refresh", "close", "add-supplement"]


@pytest.fixture(autouse=True)
def _in_time(time_machine):
    time_machine.move_to(HELD)


@pytest.fixture
def customer(outlet, manager):
    return person(outlet, manager=manager, completeness=40, name="欧阳明亮")


@pytest.fixture
def meeting(outlet, customer, head):
    return november(outlet)


@pytest.fixture
def url(meeting):
    return f"/meetings/{meeting.number}/"


def seen(client, url, tab, name):
    """What a form of the page would send back."""
    return client.get(f"{url}?tab={tab}").context[name]


def decide(client, item, **values):
    """Post a decision as the page would."""
    stamp = {"seen": item_stamp(AgendaItem.objects.get(pk=item.pk), entry_of(item))}
    return client.post(f"/meetings/{item.meeting.number}/decide/{item.pk}/", stamp | values)


def item_of(meeting, section=Section.KEY) -> AgendaItem:
    return meeting.items.get(section=section)


@pytest.mark.parametrize("who", ["teller", "manager", "head", "president", "service", "headoffice", "auditor"])
def test_the_branch_and_those_above_read_it(cast, client_of, url, who):
    for tab in ("", "?tab=people", "?tab=key", "?tab=gaps", "?tab=list", "?tab=minutes"):
        assert client_of(cast[who]).get(url + tab).status_code == 200


def test_a_stranger_gets_404_and_leaves_a_line(stranger_head, client_of, url, meeting):
    client = client_of(stranger_head)
    for path in ("", "print/", "document/"):
        assert client.get(url + path).status_code == 404
    assert AccessEvent.objects.filter(action="denied", object_type="meeting", object_id=meeting.pk).count() == 3


def test_an_administrator_gets_403(admin, client_of, url):
    assert client_of(admin).get(url).status_code == 403


@pytest.mark.parametrize("who", ["teller", "manager", "service", "auditor"])
def test_who_does_not_lead_runs_nothing(cast, client_of, url, meeting, who):
    client = client_of(cast[who])
    for path in [*RUN, f"decide/{item_of(meeting).pk}"]:
        assert client.post(f"{url}{path}/").status_code == 403
    assert "actbar" not in client.get(url).content.decode()


def test_a_head_elsewhere_runs_nothing(stranger_head, client_of, url, meeting):
    for path in [*RUN, f"decide/{item_of(meeting).pk}"]:
        assert client_of(stranger_head).post(f"{url}{path}/").status_code == 404


def test_names_read_plain_to_those_who_serve_and_masked_to_the_auditor(manager, auditor, client_of, url):
    assert "欧阳明亮" in client_of(manager).get(f"{url}?tab=key").content.decode()
    text = client_of(auditor).get(f"{url}?tab=key").content.decode()
    assert "欧阳明亮" not in text and "欧阳" in text


def test_the_list_shows_what_is_in_scope(head, stranger_head, president, client_of, meeting):
    for user, seen in ((head, True), (president, True), (stranger_head, False)):
        assert (meeting.number in client_of(user).get("/meetings/").content.decode()) is seen


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("state=open", True),
        ("state=closed", False),
        ("period=2026-11", True),
        ("period=2026-10", False),
        ("period=2026", True),
        ("kind=quarterly", False),
        ("period=x&state=y&kind=z", True),
    ],
)
def test_the_list_is_filtered(head, client_of, meeting, query, seen):
    assert (meeting.number in client_of(head).get(f"/meetings/?{query}").content.decode()) is seen


# Running it


def test_head_attendance_minutes_and_citation_are_saved(head, manager, teller, client_of, url, meeting):
    client, item = client_of(head), make_item(actor=teller, now=HELD)
    client.post(f"{url}head/", {"held_at": "2026-11-25T15:00", "place": "二楼", "host": head.pk, "recorder": teller.pk, "seen": seen(client, url, "people", "head_stamp")})  # fmt: skip
    client.post(f"{url}attendance/", {f"mark-{head.pk}": "present", f"mark-{manager.pk}": "absent", f"reason-{manager.pk}": "外出培训", "seen": seen(client, url, "people", "attendance_stamp")})  # fmt: skip
    client.post(
        f"{url}minutes/", {"minutes": "第一行\r\n第二行", "seen": seen(client, url, "minutes", "minutes_stamp")}
    )
    client.post(f"{url}cite-item/", {"item": item.number, "note": "判断行业走势"})
    found = fresh(meeting)
    assert (found.held_at, found.place, found.host, found.recorder) == (HELD, "二楼", head, teller)
    assert found.minutes == "第一行\n第二行"
    rows = Attendance.objects.filter(meeting=found).values_list("person", "is_present", "reason")
    assert set(rows) == {(head.pk, True, ""), (manager.pk, False, "外出培训")}
    citation = Citation.objects.get()
    assert (citation.item, citation.cited_by, citation.note) == (item, head, "判断行业走势")


def test_an_unknown_citation_is_refused_in_words(head, client_of, url):
    response = client_of(head).post(f"{url}cite-item/", {"item": "QB0"})
    assert response.status_code == 409 and "QB0" in response.content.decode()


def test_an_item_is_decided_without_scripts(head, manager, client_of, url, meeting):
    item = item_of(meeting)
    client = client_of(head)
    response = decide(client, item, decision="key", note="电话补齐", owner=manager.pk, due_on="2026-12-10")
    assert response.status_code == 302 and response.url == f"{url}?tab=key#item-{item.pk}"
    item.refresh_from_db()
    assert (item.decision, item.owner, item.note, str(item.due_on)) == ("key", manager, "电话补齐", "2026-12-10")


@pytest.mark.parametrize(
    "values",
    [
        {"decision": "key", "note": "电话", "due_on": "2026-12-10"},
        {"decision": "key", "owner": "1", "note": "", "due_on": "2026-12-10"},
        {"decision": "task", "owner": "1", "note": "电话", "due_on": ""},
        {"decision": "task", "owner": "1", "note": "电话", "due_on": "2026-11-24"},
        {"decision": "noted"},
    ],
)
def test_what_is_not_complete_is_refused_and_stays_typed(head, client_of, url, meeting, values):
    item = item_of(meeting)
    if "owner" in values:
        values = values | {"owner": head.pk}
    response = decide(client_of(head), item, **values)
    assert response.status_code == 409
    assert values.get("note", "") in response.content.decode()
    item.refresh_from_db()
    assert item.decision == ""


def test_htmx_gets_the_item_the_tabs_and_the_bar(head, client_of, url, meeting):
    item = item_of(meeting)
    client = client_of(head)
    client.defaults["HTTP_HX_REQUEST"] = "true"
    response = decide(client, item, decision="drop")
    item.refresh_from_db()
    assert item.decision == "drop"
    text = response.content.decode()
    assert response.status_code == 200 and text.strip().startswith(f'<li class="px-3 py-2" id="item-{item.pk}">')
    assert text.count('hx-swap-oob="true"') == 2 and "<html" not in text
    refused = decide(client, item, decision="key")
    assert refused.status_code == 200 and 'role="alert"' in refused.content.decode()


def test_an_item_decided_elsewhere_meanwhile_is_not_overwritten(head, president, client_of, url, meeting):
    item, client = item_of(meeting), client_of(head)
    old = client.get(f"{url}?tab=key").context["items"][0].stamp
    assert decide(client_of(president), item, decision="drop").status_code == 302
    late = client.post(f"{url}decide/{item.pk}/", {"decision": "task", "note": "x", "owner": head.pk, "due_on": "2026-12-10", "seen": old})  # fmt: skip
    assert late.status_code == 409
    item.refresh_from_db()
    assert item.decision == "drop"


def test_minutes_written_by_two_people_are_not_lost(head, president, client_of, url, meeting):
    old = seen(client_of(head), url, "minutes", "minutes_stamp")
    client_of(president).post(f"{url}minutes/", {"minutes": "行长所记", "seen": old})
    late = client_of(head).post(f"{url}minutes/", {"minutes": "负责人所记", "seen": old})
    assert late.status_code == 409 and "负责人所记" in late.content.decode()
    assert fresh(meeting).minutes == "行长所记"


def test_a_decision_of_another_item_does_not_stand_in_the_way_of_the_head(head, client_of, url, meeting):
    old = head_stamp(fresh(meeting))
    client = client_of(head)
    decide(client, item_of(meeting), decision="drop")
    assert client.post(f"{url}head/", {"place": "三楼", "seen": old}).status_code == 302


def test_the_rest_of_a_section_is_settled_at_once(head, client_of, url, meeting):
    client = client_of(head)
    client.post(f"{url}settle/", {"section": "gaps"})
    client.post(f"{url}settle/", {"section": "key"})
    assert set(meeting.items.values_list("section", "decision")) == {("gaps", "noted"), ("key", "drop")}


@pytest.mark.parametrize("section", ["earlier", "", "x"])
def test_last_months_customers_are_decided_one_by_one(head, client_of, url, section):
    assert client_of(head).post(f"{url}settle/", {"section": section}).status_code == 409


def test_a_customer_is_put_up_by_hand(head, outlet, client_of, url, meeting):
    other = person(outlet)
    client = client_of(head)
    assert client.post(f"{url}add-item/", {"customer": other.number, "why": "家庭变故"}).status_code == 302
    item = meeting.items.get(number=other.number)
    assert item.facts["reasons"] == [{"code": "other"}] and item.note == "家庭变故"
    assert client.post(f"{url}add-item/", {"customer": other.number, "why": "再次"}).status_code == 409


def test_a_customer_of_another_branch_is_not_put_up(headoffice, bank, client_of, url):
    other = person(bank["0201"])
    assert client_of(headoffice).post(f"{url}add-item/", {"customer": other.number, "why": "x"}).status_code == 409


def test_the_bar_says_what_is_missing(head, client_of, url, meeting):
    bar = client_of(head).get(url).context["bar"]
    assert (bar["decided"], bar["total"]) == (0, 2)
    assert [lack.tab for lack in bar["lacks"]] == ["people", "people", "people", "gaps", "key"]


@pytest.mark.pango
def test_a_meeting_goes_from_agenda_to_filed_pdf(head, manager, teller, client_of, url, meeting, customer, settings):
    client = client_of(head)
    client.post(f"{url}refresh/")
    client.post(f"{url}head/", {"held_at": "2026-11-25T15:00", "place": "二楼", "host": head.pk, "recorder": teller.pk, "seen": seen(client, url, "people", "head_stamp")})  # fmt: skip
    client.post(f"{url}attendance/", {f"mark-{head.pk}": "present", "seen": seen(client, url, "people", "attendance_stamp")})  # fmt: skip
    put_on_list(item_of(meeting), actor=head, owner=manager)
    client.post(f"{url}settle/", {"section": "gaps"})
    version = client.get(url).context["bar"]["version"]
    assert client.post(f"{url}close/", {"version": version}).status_code == 302
    found = fresh(meeting)
    assert not found.is_open and found.closed_by == head and found.document
    response = client.get(f"{url}document/")
    assert (
        b"".join(response.streaming_content).startswith(b"%PDF") and meeting.number in response["Content-Disposition"]
    )
    event = AccessEvent.objects.get(action="download")
    assert (event.object_type, event.object_label, event.result) == ("meeting", meeting.number, "filed")
    assert client.get(url).status_code == client.get(f"{url}print/").status_code == 200


def test_closing_with_an_old_page_is_refused(head, teller, client_of, url, meeting):
    staff_it(meeting, host=head, recorder=teller)
    settle_all(meeting, actor=head, owner=head)
    client = client_of(head)
    version = client.get(url).context["bar"]["version"]
    assert client.post(f"{url}close/", {"version": version - 1}).status_code == 409
    assert client.post(f"{url}close/", {}).status_code == 409
    assert fresh(meeting).is_open


def test_closing_lists_what_is_missing(head, client_of, url, meeting):
    response = client_of(head).post(f"{url}close/", {"version": meeting.version})
    assert response.status_code == 409 and fresh(meeting).is_open and not KeyCustomer.objects.exists()


def test_paper_holds_no_full_name(head, manager, client_of, url, meeting, customer):
    put_on_list(item_of(meeting), actor=head, owner=manager)
    text = client_of(head).get(f"{url}print/").content.decode()
    assert customer.number in text and "欧阳明亮" not in text and "欧阳**" in text


@pytest.mark.pango
def test_a_draft_is_downloaded_without_being_filed(head, client_of, url, meeting):
    response = client_of(head).get(f"{url}document/")
    assert response.content.startswith(b"%PDF") and "draft" in response["Content-Disposition"]
    assert not fresh(meeting).document


def test_after_closing_only_a_supplement_is_taken(head, teller, client_of, url, meeting):
    hold_it(meeting, host=head, recorder=teller)
    client = client_of(head)
    assert client.post(f"{url}minutes/", {"minutes": "改写"}).status_code == 409
    assert client.post(f"{url}add-supplement/", {"text": "第二条应为三户"}).status_code == 302
    assert "第二条应为三户" in client.get(f"{url}?tab=minutes").content.decode()
    assert fresh(meeting).minutes == ""


# The list in force


def test_the_owner_reports_what_was_done(head, manager, teller, client_of, meeting, customer):
    hold_it(meeting, host=head, recorder=teller, owner=manager, keys=(customer.number,))
    client = client_of(manager)
    text = client.get("/key-customers/?mine=1").content.decode()
    assert "欧阳明亮" in text
    entry = KeyCustomer.objects.get()
    report = {"result": "done", "note": "已面谈", "seen": stamp(entry.result, entry.result_note)}
    assert client.post(f"/key-customers/{entry.pk}/report/", report).status_code == 302
    entry.refresh_from_db()
    assert (entry.result, entry.result_note, entry.result_by) == ("done", "已面谈", manager)


def test_somebody_else_does_not_report(head, manager, teller, colleague, stranger, client_of, meeting, customer):
    hold_it(meeting, host=head, recorder=teller, owner=manager, keys=(customer.number,))
    entry = KeyCustomer.objects.get()
    report = {"result": "done", "note": "x", "seen": stamp(entry.result, entry.result_note)}
    client_of(colleague).post(f"/key-customers/{entry.pk}/report/", report)
    assert client_of(stranger).post(f"/key-customers/{entry.pk}/report/", report).status_code == 404
    entry.refresh_from_db()
    assert entry.result == ""


def test_a_task_is_ticked_off_once_by_its_owner(head, manager, teller, colleague, client_of, meeting):
    item = item_of(meeting, Section.GAPS)
    staff_it(meeting, host=head, recorder=teller)
    decide(client_of(head), item, decision="task", note="补证件", owner=manager.pk, due_on="2026-12-01")
    hold_it(meeting, host=head, recorder=teller)
    assert "补证件" in client_of(manager).get("/key-customers/").content.decode()
    client_of(colleague).post(f"/meeting-tasks/{item.pk}/finish/")
    item.refresh_from_db()
    assert item.done_on is None
    client_of(manager).post(f"/meeting-tasks/{item.pk}/finish/")
    item.refresh_from_db()
    assert item.done_on == HELD.date()


@pytest.mark.parametrize("query", ["", "?mine=1", "?branch=1", "?branch=x&mine=z"])
def test_the_lists_in_force_follow_the_scope(head, manager, teller, stranger, client_of, meeting, customer, query):
    hold_it(meeting, host=head, recorder=teller, owner=manager, keys=(customer.number,))
    assert customer.number not in client_of(stranger).get(f"/key-customers/{query}").content.decode()


def test_an_open_meeting_has_no_list_in_force(head, client_of, meeting, customer):
    assert Meeting.objects.open().exists() and LONG_AGO < HELD
    assert customer.number not in client_of(head).get("/key-customers/").content.decode()
