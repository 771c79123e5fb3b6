"""Clusters of repeats, improvement tasks, and whether they helped."""

import re
from datetime import timedelta

import pytest
from django.db import connection

from complaints.jobs import JOBS
from complaints.models import Case, Improvement, Respondent
from complaints.overview.clusters import clusters
from complaints.overview.criteria import Criteria
from complaints.overview.improving import check_effect, effect_of, finish_improvement, remind, windows
from complaints.overview.running import JOB, run
from crm.lib.dates import local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from tests.archives import make_personal
from tests.complaints.conduct_world import free_ledger
from tests.complaints.overview_world import open_task
from tests.complaints.world import make_case, make_category
from tests.races import at_once


@pytest.fixture
def task(bank, cast, now):
    return open_task(branch=bank["0101"], owner=cast["head"], actor=cast["service"], now=now)


def at(case, moment):
    Case.objects.filter(pk=case.pk).update(received_at=moment)


# Clusters


def pairs(found):
    return [(one.label, one.count) for one in found]


def test_the_same_cause_at_an_outlet_is_a_cluster(bank, service, now):
    fees = make_category(key="fees-x", name="收费")
    for code, cause in (("0101", None), ("0101", None), ("0101", None), ("0102", None), ("0101", fees)):
        make_case(respondent=bank[code], actor=service, **({"cause": cause} if cause else {}))
    (one,) = clusters("cause", service, now + timedelta(minutes=1))
    assert one.count == 3 and one.many and one.branch == bank["0101"]
    query = dict(re.findall(r"([a-z]+)=([^&]+)", one.address))
    assert Criteria.read(query, service).rows(service).count() == 3


def test_two_are_no_cause_to_escalate_and_one_is_no_cluster(bank, service, now):
    for code in ("0101", "0101", "0102"):
        make_case(respondent=bank[code], actor=service)
    (one,) = clusters("cause", service, now + timedelta(minutes=1))
    assert one.count == 2 and not one.many


def test_a_customer_and_a_telephone_bind_across_outlets(bank, service, now):
    customer = make_personal(branch=bank["0101"], manager=None, name="欧阳雨桐", mobile="13812345678")
    a = make_case(respondent=bank["0101"], actor=service, customer=customer, phone="")
    b = make_case(respondent=bank["0201"], actor=service, customer=customer, phone="")
    c = make_case(respondent=bank["0102"], actor=service, name="李四", phone="13812345678")
    later = now + timedelta(minutes=1)
    (one,) = clusters("customer", service, later)
    assert {case.pk for case in one.cases} == {a.pk, b.pk} and "欧阳" not in one.label
    (one,) = clusters("person", service, later)
    assert {case.pk for case in one.cases} == {a.pk, b.pk, c.pk} and "138" not in one.label


def test_an_employee_complained_about_twice_is_a_cluster_that_they_do_not_see(bank, cast, now):
    for _i in range(2):
        case = make_case(respondent=bank["0101"], actor=cast["service"])
        Respondent.objects.create(case=case, employee=cast["head"], named_at=now)
    later = now + timedelta(minutes=1)
    (one,) = clusters("employee", cast["president"], later)
    assert one.count == 2 and "郑海峰" in one.label
    assert clusters("employee", cast["head"], later) == [] == clusters("cause", cast["head"], later)


def test_what_lies_further_back_or_is_no_complaint_does_not_count(bank, service, now):
    old, other = (
        make_case(respondent=bank["0101"], actor=service),
        make_case(respondent=bank["0101"], actor=service, kind="inquiry"),
    )
    make_case(respondent=bank["0101"], actor=service)
    at(old, now - timedelta(days=91))
    assert other and clusters("cause", service, now + timedelta(minutes=1)) == []


def test_leaders_see_clusters_of_their_branches(bank, cast, now):
    for code in ("0101", "0101", "0201", "0201", "0201"):
        make_case(respondent=bank[code], actor=cast["service"])
    later = now + timedelta(minutes=1)
    assert [one.branch.code for one in clusters("cause", cast["service"], later)] == ["0201", "0101"]
    assert [one.branch.code for one in clusters("cause", cast["head"], later)] == ["0101"]
    assert [one.branch.code for one in clusters("cause", cast["president"], later)] == ["0101"]


def test_the_page_offers_a_task_and_names_those_under_way(bank, cast, client_of, now, task):
    for _i in range(2):
        make_case(respondent=bank["0101"], actor=cast["service"])
    text = client_of(cast["head"]).get("/complaints/repeats/").content.decode()
    assert f"cause={make_category().pk}&amp;branch={bank['0101'].pk}" in text and task.number in text
    auditor = client_of(cast["auditor"]).get("/complaints/repeats/").content.decode()
    assert "improvements/new" not in auditor and task.number in auditor


# Opening


def posted(bank, **changes):
    values = {
        "cause": make_category().pk, "branch": bank["0101"].pk, "text": "增开窗口", "owner": "TH-HEAD", "due_on": "2099-01-01", "weeks": "8",
    }  # fmt: skip
    return values | changes


@pytest.mark.parametrize("who", ["head", "president", "service", "headoffice"])
def test_who_leads_opens_a_task_and_its_owner_is_told(bank, cast, client_of, who):
    page = client_of(cast[who]).post("/complaints/improvements/new/", posted(bank))
    task = Improvement.objects.get()
    assert (
        page.url == f"/complaints/improvements/{task.number}/"
        and task.owner == cast["head"]
        and task.opened_by == cast[who]
    )
    assert Notice.objects.get(kind="improvement-opened").recipient == cast["head"]


@pytest.mark.parametrize("who", ["teller", "manager", "lobby", "auditor", "admin"])
def test_others_open_none(bank, cast, client_of, who):
    assert client_of(cast[who]).post("/complaints/improvements/new/", posted(bank)).status_code == 403


@pytest.mark.parametrize(
    "changes",
    [{"text": ""}, {"text": "x" * 1001}, {"owner": "nobody"}, {"owner": "TH-TELLER"}, {"owner": "TH-STRANGER_HEAD"}, {"due_on": "2020-01-01"}, {"due_on": "x"}, {"weeks": "0"}, {"weeks": "53"}, {"cause": "0"}, {"branch": ""}],
)  # fmt: skip
def test_a_bad_value_opens_nothing_and_keeps_what_was_typed(bank, cast, client_of, changes):
    page = client_of(cast["head"]).post("/complaints/improvements/new/", posted(bank, **changes))
    assert page.status_code in (200, 409) and not Improvement.objects.exists()
    if "text" not in changes:
        assert "增开窗口" in page.content.decode()


def test_a_strangers_branch_is_not_offered(bank, cast, client_of, now):
    page = client_of(cast["head"]).post("/complaints/improvements/new/", posted(bank, branch=bank["0201"].pk))
    assert page.status_code == 200 and not Improvement.objects.exists()
    with pytest.raises(NotYours):
        open_task(branch=bank["0201"], owner=cast["stranger_head"], actor=cast["head"], now=now)


def test_a_cause_is_asked_for_no_channel(bank, cast, now):
    with pytest.raises(Refused):
        open_task(
            branch=bank["0101"],
            owner=cast["head"],
            actor=cast["service"],
            now=now,
            cause=make_category(face="A", key="x-a", name="x"),
        )


def test_numbers_count_on(bank, cast, now):
    found = [
        open_task(branch=bank["0101"], owner=cast["head"], actor=cast["service"], now=now).number for _i in range(3)
    ]
    assert [number[-4:] for number in found] == ["0001", "0002", "0003"]


# Doing


def done(task, actor, now, result="窗口已开"):
    return finish_improvement(improvement=task, result=result, actor=actor, now=now)


@pytest.mark.parametrize("who", ["head", "president", "service", "headoffice"])
def test_who_manages_it_says_that_it_is_done(task, cast, client_of, who):
    page = client_of(cast[who]).post(
        f"/complaints/improvements/{task.number}/done/", {"version": 1, "result": "窗口已开"}
    )
    task.refresh_from_db()
    assert page.status_code == 302 and (task.state, task.version) == ("done", 2)
    assert task.check_on == task.done_on + timedelta(days=4 * 7 + 1)


@pytest.mark.parametrize(("who", "status"), [("teller", 403), ("manager", 403), ("auditor", 403), ("stranger", 403), ("stranger_head", 404)])  # fmt: skip
def test_others_do_not(task, cast, client_of, who, status):
    assert (
        client_of(cast[who])
        .post(f"/complaints/improvements/{task.number}/done/", {"version": 1, "result": "x"})
        .status_code
        == status
    )
    task.refresh_from_db()
    assert task.state == "open"


def test_the_service_refuses_who_stands_elsewhere(task, cast, now):
    for who in ("stranger_head", "auditor", "teller"):
        with pytest.raises(NotYours):
            done(task, cast[who], now)


def test_done_twice_or_from_a_stale_page_is_refused_and_keeps_the_text(task, cast, client_of):
    client = client_of(cast["head"])
    url = f"/complaints/improvements/{task.number}/done/"
    assert client.post(url, {"version": "0", "result": "写了半天的话"}).status_code == 409
    page = client.post(url, {"version": "x", "result": "写了半天的话"})
    assert page.status_code == 409 and "写了半天的话" in page.content.decode()
    assert client.post(url, {"version": "1", "result": "好"}).status_code == 302
    assert client.post(url, {"version": "1", "result": "又"}).status_code == 409
    task.refresh_from_db()
    assert task.result == "好"


@pytest.mark.parametrize("result", ["", "  ", "x" * 501])
def test_what_was_done_must_be_said(task, cast, client_of, result):
    page = client_of(cast["head"]).post(
        f"/complaints/improvements/{task.number}/done/", {"version": "1", "result": result}
    )
    assert page.status_code == 409
    task.refresh_from_db()
    assert task.state == "open"


def test_whoever_opened_it_is_told(task, cast, now):
    done(task, cast["head"], now)
    assert Notice.objects.get(kind="improvement-done").recipient == cast["service"]


# The effect


@pytest.fixture
def finished(task, cast, now):
    return done(task, cast["head"], now + timedelta(days=5))


def test_the_effect_counts_the_same_weeks_before_and_after(finished, bank, service, now):
    opened, ended = local_day(now), local_day(now) + timedelta(days=5)
    (first, last), (after, until) = windows(finished)
    assert (first, last) == (opened - timedelta(weeks=4), opened - timedelta(days=1))
    assert (after, until) == (ended + timedelta(days=1), ended + timedelta(weeks=4))
    days = [
        (first, 1),
        (last, 1),
        (first - timedelta(days=1), 0),
        (opened, 0),
        (ended, 0),
        (after, 2),
        (until, 2),
        (until + timedelta(days=1), 0),
    ]
    for day, _side in days:
        case = make_case(respondent=bank["0101"], actor=service)
        at(case, now.replace(year=day.year, month=day.month, day=day.day, hour=4))
    assert effect_of(finished) == (2, 2)


def test_only_complaints_of_the_cause_at_the_branch_and_below_count(cast, bank, now):
    task = open_task(branch=bank["0100"], owner=cast["president"], actor=cast["president"], now=now)
    child = make_category(key="queue-x", name="排队", parent=make_category())
    other = make_category(key="fees-x", name="收费")
    for code, fields in (
        ("0101", {}),
        ("0102", {}),
        ("0100", {}),
        ("0101", {"cause": child}),
        ("0201", {}),
        ("0101", {"cause": other}),
        ("0101", {"kind": "inquiry"}),
    ):
        at(make_case(respondent=bank[code], actor=cast["service"], **fields), now - timedelta(days=3))
    done(task, cast["president"], now)
    assert effect_of(task) == (4, 0)


def test_the_job_checks_when_the_weeks_are_over_and_once(finished, bank, cast, now):
    early, due = now + timedelta(days=5 + 28), now + timedelta(days=5 + 29)
    run(period="x", run=None, now=early)
    finished.refresh_from_db()
    assert finished.state == "done"
    at(make_case(respondent=bank["0101"], actor=cast["service"]), now - timedelta(days=2))
    for _twice in range(2):
        run(period="x", run=None, now=due)
    finished.refresh_from_db()
    assert (finished.state, finished.before, finished.after) == ("checked", 1, 0)
    told = Notice.objects.filter(kind="improvement-checked")
    assert {notice.recipient for notice in told} == {cast["head"], cast["service"]} and told.count() == 2


def test_two_checks_at_once_write_one(finished, now):
    later = now + timedelta(days=60)
    same = Improvement.objects.get(pk=finished.pk)
    assert check_effect(improvement=finished, now=later) and check_effect(improvement=same, now=later) is None


def test_an_open_task_is_not_checked(task, now):
    assert check_effect(improvement=task, now=now + timedelta(days=500)) is None


def test_the_owner_is_reminded_once_before_and_once_after(task, cast, now):
    for day in (1, 7, 8, 10, 11, 12):
        remind(improvement=task, now=now + timedelta(days=day))
    assert Notice.objects.filter(kind="improvement-soon").get().recipient == cast["head"]
    assert {notice.recipient for notice in Notice.objects.filter(kind="improvement-late")} == {
        cast["head"],
        cast["service"],
    }
    assert Notice.objects.filter(kind="improvement-late").count() == 2


def test_the_job_is_in_the_ledger_and_knocked_for():
    from crm.beat import BEAT_SCHEDULE

    assert any(job.name == JOB for job in JOBS) and JOB in BEAT_SCHEDULE


# Pages


@pytest.mark.parametrize(("who", "status"), [("head", 200), ("president", 200), ("service", 200), ("auditor", 200), ("stranger_head", 404), ("teller", 403)])  # fmt: skip
def test_a_task_is_read_in_scope(task, cast, client_of, who, status):
    assert client_of(cast[who]).get(f"/complaints/improvements/{task.number}/").status_code == status


def test_the_list_has_states(task, cast, client_of):
    client = client_of(cast["head"])
    for state, there in (("", True), ("open", True), ("done", False), ("checked", False), ("nonsense", True)):
        assert (task.number in client.get(f"/complaints/improvements/?state={state}").content.decode()) == there
    assert task.number not in client_of(cast["stranger_head"]).get("/complaints/improvements/").content.decode()


def test_the_effect_opens_its_rows(finished, bank, cast, client_of, now):
    at(make_case(respondent=bank["0101"], actor=cast["service"]), now - timedelta(days=2))
    check_effect(improvement=finished, now=now + timedelta(days=60))
    page = client_of(cast["head"]).get(f"/complaints/improvements/{finished.number}/")
    query = dict(re.findall(r"([a-z]+)=([^&]+)", page.context["before_rows"]))
    assert Criteria.read(query, cast["head"]).rows(cast["head"]).count() == 1 == finished.before


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="two at once need PostgreSQL")
def test_two_finish_at_once_and_one_is_too_late(task, cast, now):
    free_ledger()
    both = [Improvement.objects.get(pk=task.pk) for _i in range(2)]
    works = [lambda one=one: done(one, cast["head"], now) for one in both]
    results = at_once(*works, errors=TooLate)
    assert sum(isinstance(one, TooLate) for one in results) == 1
    task.refresh_from_db()
    assert (task.state, task.version) == ("done", 2)
