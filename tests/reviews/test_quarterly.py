"""The customer-analysis meeting: opened with the proposals, read in scope, confirmed once, frozen afterwards."""

from datetime import timedelta

import pytest
from django.utils import timezone

from archives.classification.services import confirm_unit, override
from archives.models import Attendance, ClassChange, CustomerClass, Meeting, Proposal, Run, Supplement, Unit
from archives.reviews import quarterly
from archives.reviews.meetings import save_attendance, save_head, save_minutes
from archives.reviews.quarterly import confirm_quarter, open_quarter
from crm.jobs.models import JobRun
from crm.jobs.registry import Later
from crm.jobs.services import run_job
from crm.lib.refusals import Refused, TooLate
from crm.notifications.models import Notice
from tests.archives import make_item
from tests.classification.rows import QUARTER, make_quarter, propose

PAGE = f"/meetings/quarterly/FX{QUARTER}-0100/"


@pytest.fixture
def quarter(bank, cast, now):
    return make_quarter(bank=bank, cast=cast, now=now)


@pytest.fixture
def meeting(quarter, now):
    return open_quarter(unit=quarter["units"]["0100"], now=now)


@pytest.fixture
def ready(meeting, cast, now):
    """Held, attended and written down: nothing is missing but the confirmation."""
    actor = cast["president"]
    save_head(
        meeting=meeting, actor=actor, held_at=now - timedelta(hours=1), place="二楼", host=actor, recorder=cast["manager"]
    )  # fmt: skip
    people = {cast["president"].pk: (True, ""), cast["teller"].pk: (False, "休假")}
    save_attendance(meeting=meeting, actor=actor, people=people)
    save_minutes(meeting=meeting, actor=actor, minutes="逐户讨论了升降。")
    return Meeting.objects.get(pk=meeting.pk)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def confirm(meeting, actor, **options):
    unit = Unit.objects.get(branch=meeting.branch_id)
    options = {"unit_version": unit.version, "now": timezone.now()} | options
    return confirm_quarter(meeting=meeting, actor=actor, **options)


# Opening


def test_the_job_opens_a_meeting_for_every_unit_and_tells_whoever_leads_it(quarter, cast, now):
    assert run_job(name=quarterly.JOB, period=QUARTER, now=now)
    numbers = set(Meeting.objects.quarterly().values_list("number", flat=True))
    assert numbers == {f"FX{QUARTER}-0100", f"FX{QUARTER}-0200"}
    told = Notice.objects.filter(kind="quarterly-opened").values_list("recipient__username", flat=True)
    assert set(told) == {"president", "headoffice"}
    due = Meeting.objects.quarterly().first()
    assert (due.due_on.isoformat(), due.data_on.isoformat()) == ("2026-10-15", "2026-09-30")


def test_the_job_may_run_twice(quarter, now):
    for _n in range(2):
        quarterly.run(period=QUARTER, run=_held_run(now), now=now)
    assert Meeting.objects.quarterly().count() == 2
    assert Notice.objects.filter(kind="quarterly-opened").count() == 2


def _held_run(now) -> JobRun:
    JobRun.objects.all().delete()
    run = JobRun.objects.create(
        job=quarterly.JOB, period=QUARTER, status="running", lease_token="x", lease_until=now + timedelta(minutes=5)
    )
    run.turn_now, run.turn_began = now, 0.0
    return run


@pytest.mark.parametrize("state", [Run.State.WAITING, Run.State.COMPUTING, Run.State.HELD])
def test_the_job_waits_until_the_run_is_proposed(quarter, now, state):
    Run.objects.update(state=state)
    with pytest.raises(Later):
        quarterly.run(period=QUARTER, run=_held_run(now), now=now)
    assert not Meeting.objects.exists()


def test_without_meetings_the_job_has_nothing_to_open(quarter, cast, today, now):
    for unit in quarter["units"].values():
        confirm_unit(unit=unit, version=1, actor=None, meeting_number="", effective_on=today, now=now)
    assert run_job(name=quarterly.JOB, period=QUARTER, now=now) and not Meeting.objects.exists()


# Reading


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("president", 200),
        ("headoffice", 200),
        ("service", 200),
        ("auditor", 200),
        ("head", 404),
        ("teller", 404),
        ("stranger_head", 404),
        ("admin", 403),
    ],
)
def test_who_reads_the_meeting(meeting, cast, client_of, who, status):
    client = client_of(cast[who])
    for url in (PAGE, f"{PAGE}print/"):
        assert client.get(url).status_code == status


@pytest.mark.parametrize("page", ["head", "attendance", "minutes", "cite", "confirm", "supplement"])
def test_who_may_only_read_writes_nothing(ready, cast, client_of, page):
    before = Meeting.objects.values().get()
    assert client_of(cast["service"]).post(f"{PAGE}{page}/", {"minutes": "x"}).status_code == 403
    assert client_of(cast["stranger_head"]).post(f"{PAGE}{page}/", {"minutes": "x"}).status_code == 404
    assert client_of(cast["president"]).get(f"{PAGE}{page}/").status_code == 405
    assert Meeting.objects.values().get() == before


def test_each_figure_opens_exactly_its_rows(meeting, president, client_of):
    from tests.classification.test_pages import links

    client = client_of(president)
    figures = links(client.get(PAGE).content.decode())
    assert len(figures) >= 8
    for url, n in figures:
        assert len(client.get(url).context["page"].rows) == n, url


def test_the_page_names_those_who_move_to_those_who_serve_them(meeting, cast, client_of):
    page = client_of(cast["president"]).get(PAGE).content.decode()
    assert "甲升升" in page and "乙降降" in page and "丁远远" not in page
    masked = client_of(cast["auditor"]).get(PAGE).content.decode()
    assert "甲升升" not in masked


def test_paper_bears_masked_names_beside_the_number(meeting, quarter, president, client_of):
    page = client_of(president).get(f"{PAGE}print/").content.decode()
    assert "甲*升" in page and "甲升升" not in page and quarter["riser"].number in page


# Running it


def test_head_attendance_and_minutes_are_kept(meeting, cast, client_of):
    client = client_of(cast["president"])
    host = cast["president"].pk
    seen = client.get(PAGE).context
    client.post(f"{PAGE}head/", {"held_at": "2026-10-14T14:00", "place": "二楼", "host": host, "recorder": host, "seen": seen["head_stamp"]})  # fmt: skip
    client.post(f"{PAGE}attendance/", {"seen": seen["attendance_stamp"], f"mark-{host}": "present", f"mark-{cast['head'].pk}": "absent", f"reason-{cast['head'].pk}": "出差"})  # fmt: skip
    client.post(f"{PAGE}minutes/", {"minutes": "决议一", "seen": seen["minutes_stamp"]})
    found = fresh(meeting)
    assert (found.place, found.host_id, found.minutes) == ("二楼", host, "决议一")
    assert set(Attendance.objects.values_list("person", "is_present", "reason")) == {
        (host, True, ""),
        (cast["head"].pk, False, "出差"),
    }


def test_intelligence_is_cited_on_the_page_and_on_paper(meeting, cast, client_of, now):
    client, item = client_of(cast["president"]), make_item(actor=cast["teller"], now=now)
    refused = client.post(f"{PAGE}cite/", {"item": "QB-0", "note": "存款外流"})
    assert refused.status_code == 409 and 'value="存款外流"' in refused.content.decode()
    assert client.post(f"{PAGE}cite/", {"item": item.number, "note": "存款外流"}).status_code == 302
    cited = fresh(meeting).citations.get()
    assert (cited.item, cited.note, cited.cited_by) == (item, "存款外流", cast["president"])
    assert item.title in client.get(PAGE).content.decode()
    assert f"{item.number}（存款外流）" in client.get(f"{PAGE}print/").content.decode()


def test_somebody_elses_minutes_are_not_overwritten_unseen(meeting, president, client_of):
    client = client_of(president)
    seen = client.get(PAGE).context["minutes_stamp"]
    save_minutes(meeting=meeting, actor=president, minutes="别人写的")
    response = client.post(f"{PAGE}minutes/", {"minutes": "我写的", "seen": seen})
    assert response.status_code == 409 and "我写的" in response.content.decode()
    assert fresh(meeting).minutes == "别人写的"


@pytest.mark.parametrize(
    "lack",
    [
        {"held_at": None},
        {"host": None},
        {"recorder": None},
        {"minutes": ""},
        {"held_at": timezone.now() + timedelta(days=3)},
    ],
)
def test_nothing_is_confirmed_while_something_is_missing(ready, president, lack):
    Meeting.objects.update(**lack)
    with pytest.raises(Refused):
        confirm(fresh(ready), president)
    assert fresh(ready).is_open and not CustomerClass.objects.exists()


def test_a_meeting_that_nobody_attended_confirms_nothing(ready, president):
    Attendance.objects.update(is_present=False)
    with pytest.raises(Refused):
        confirm(fresh(ready), president)
    assert fresh(ready).is_open and not CustomerClass.objects.exists()


# Confirming


@pytest.mark.pango
def test_the_confirmation_changes_the_classes_and_closes_the_meeting(ready, quarter, president, client_of, today):
    client = client_of(president)
    page = client.get(PAGE)
    form = {"version": page.context["meeting"].version, "unit_version": page.context["unit"].version}
    assert client.post(f"{PAGE}confirm/", form).status_code == 302
    found, unit = fresh(ready), Unit.objects.get(branch__code="0100")
    assert (found.state, unit.state, unit.meeting_number) == ("closed", "confirmed", found.number)
    assert unit.effective_on == today and CustomerClass.objects.get(customer=quarter["riser"]).code == "gold"
    assert set(ClassChange.objects.values_list("meeting_number", flat=True)) == {found.number}
    assert found.document and found.document_sha256


def test_the_frozen_figures_are_those_of_the_page(ready, president, client_of):
    client = client_of(president)
    before = client.get(PAGE).context
    confirm(ready, president)
    Proposal.objects.update(old_code="gold", new_code="gold", verdict="same")  # whatever happens later
    after = client.get(PAGE).context
    for key in ("matrices", "verdicts", "total", "moved", "deviation", "lines"):
        assert after[key] == before[key], key


def test_nothing_of_a_person_is_frozen_but_the_number(ready, president):
    frozen = str(confirm(ready, president).frozen)
    assert "甲" not in frozen and "升升" not in frozen


def test_classes_may_count_later_but_never_earlier(ready, president, today, client_of):
    client = client_of(president)
    form = {"version": ready.version, "unit_version": 1}
    for day in (today - timedelta(days=1), today + timedelta(days=400), "bald"):
        assert client.post(f"{PAGE}confirm/", form | {"effective_on": str(day)}).status_code == 409
    assert fresh(ready).is_open and not CustomerClass.objects.exists()
    assert (
        client.post(f"{PAGE}confirm/", form | {"effective_on": (today + timedelta(days=1)).isoformat()}).status_code
        == 302
    )
    assert set(ClassChange.objects.values_list("effective_on", flat=True)) == {today + timedelta(days=1)}


def test_of_two_browsers_one_confirms_and_the_other_reads_who_was_first(ready, cast, client_of):
    form = {"version": ready.version, "unit_version": 1}
    first, second = client_of(cast["president"]), client_of(cast["headoffice"])
    assert first.post(f"{PAGE}confirm/", form).status_code == 302
    response = second.post(f"{PAGE}confirm/", form)
    assert response.status_code == 409 and "陈立群" in response.content.decode()
    assert ClassChange.objects.count() == 3


@pytest.mark.parametrize("field", ["version", "unit_version"])
@pytest.mark.parametrize("value", ["99", "", "x"])
def test_a_stale_page_confirms_nothing(ready, president, client_of, field, value):
    form = {"version": ready.version, "unit_version": 1} | {field: value}
    assert client_of(president).post(f"{PAGE}confirm/", form).status_code == 409
    assert fresh(ready).is_open and not CustomerClass.objects.exists() and not ClassChange.objects.exists()


def test_an_override_after_the_page_was_opened_stops_the_confirmation(ready, quarter, cast, now):
    seen = Unit.objects.get(branch__code="0100").version
    proposal = Proposal.objects.get(customer=quarter["faller"])
    override(
        proposal=proposal, code="platinum", reason="过渡", approver=cast["president"], until=now.date() + timedelta(days=30), actor=cast["head"], now=now
    )  # fmt: skip
    with pytest.raises(TooLate):
        confirm(fresh(ready), cast["president"], unit_version=seen)
    closed = confirm(fresh(ready), cast["president"])
    assert CustomerClass.objects.get(customer=quarter["faller"]).code == "platinum"
    assert [row["reason"] for row in closed.frozen["overrides"]] == ["过渡"]


def test_a_right_taken_away_meanwhile_confirms_nothing(ready, president):
    president.role_grants.all().delete()
    with pytest.raises(Refused):
        confirm(ready, president)
    assert fresh(ready).is_open and Unit.objects.filter(state="confirmed").count() == 0


def test_whoever_leads_another_branch_confirms_nothing(ready, stranger_head):
    with pytest.raises(Refused):
        confirm(ready, stranger_head)
    assert fresh(ready).is_open and not CustomerClass.objects.exists()


# Afterwards


@pytest.fixture
def closed(ready, president):
    return confirm(ready, president)


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("head", {"place": "x"}),
        ("attendance", {"mark-1": "present"}),
        ("minutes", {"minutes": "x"}),
        ("confirm", {"version": "1", "unit_version": "1"}),
    ],
)
def test_a_closed_meeting_takes_no_change(closed, president, client_of, page, fields):
    before, rows = Meeting.objects.values().get(), list(Attendance.objects.values())
    response = client_of(president).post(f"{PAGE}{page}/", fields)
    assert response.status_code == 409 and "陈立群" in response.content.decode()
    assert Meeting.objects.values().get() == before and list(Attendance.objects.values()) == rows


def test_a_closed_meeting_takes_supplements(closed, president, client_of):
    client = client_of(president)
    assert client.post(f"{PAGE}supplement/", {"text": "第三项应为下月办理"}).status_code == 302
    assert Supplement.objects.get().text == "第三项应为下月办理"
    page = client.get(PAGE).content.decode()
    assert "第三项应为下月办理" in page and 'name="minutes"' not in page and "confirm/" not in page


def test_an_open_meeting_takes_no_supplement(meeting, president, client_of):
    assert client_of(president).post(f"{PAGE}supplement/", {"text": "x"}).status_code == 409
    assert not Supplement.objects.exists()


def test_a_new_proposal_changes_nothing_of_a_closed_meeting(closed, quarter, bank, president, client_of):
    from tests.archives import make_personal

    propose(run=quarter["run"], customer=make_personal(branch=bank["0101"]), wan=900)
    assert client_of(president).get(PAGE).context["total"] == 3


@pytest.mark.pango
def test_the_filed_pdf_is_the_same_each_time(closed, president, client_of, now):
    from archives.reviews.quarterly_paper import file_quarterly

    client = client_of(president)
    draft = client.get(f"{PAGE}document/")
    assert draft["Content-Type"] == "application/pdf" and "draft" in draft["Content-Disposition"]
    filed = file_quarterly(meeting=closed, now=now)
    again = file_quarterly(meeting=closed, now=now)
    assert filed.document_sha256 == again.document_sha256
    response = client.get(f"{PAGE}document/")
    assert b"".join(response.streaming_content).startswith(b"%PDF")
