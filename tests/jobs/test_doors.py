"""What people and probes see of the jobs: commands, admin, banner, health."""

from datetime import timedelta

import pytest
from axes.models import AccessFailureLog
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from crm import health
from crm.jobs import housekeeping, services
from crm.jobs.models import JobRun
from crm.jobs.periods import daily
from crm.jobs.registry import register
from crm.jobs.selectors import queue_warning
from crm.notifications.models import Notice
from crm.staff.models import LoginSession

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept_house():
    for job in housekeeping.JOBS:
        register(job)


@pytest.fixture
def dead(job, now):
    job("feed")
    return JobRun.objects.create(job="feed", period="7", status="dead", attempts=8, error="x", finished_at=now)


def test_the_list_names_jobs_their_due_periods_and_errors(job, dead, capsys):
    job("day", periods=daily("day"), title="Every day")
    call_command("jobs")
    out = capsys.readouterr().out
    assert f"day  Every day\n  due: {timezone.localdate().isoformat()}" in out
    assert "7  dead  attempts 8" in out


def test_one_period_runs_from_the_command_line(job, capsys):
    done = job()
    call_command("run_job", "probe", period="2026-11")
    assert done == ["2026-11"] and "done now" in capsys.readouterr().out
    call_command("run_job", "probe", period="2026-11")
    assert done == ["2026-11"]


def test_what_is_due_runs_when_no_period_is_named(job):
    done = job(periods=daily("probe"))
    call_command("run_job", "probe")
    assert done == [timezone.localdate().isoformat()]


def test_an_unknown_job_and_a_failed_run_end_with_an_error(job):
    with pytest.raises(CommandError, match="No job"):
        call_command("run_job", "nothing")
    job("bad", run=lambda **_: 1 / 0)
    with pytest.raises(CommandError, match="not done: 1"):
        call_command("run_job", "bad", period="1")


def test_an_administrator_runs_a_given_up_run_again(client_of, admin, dead):
    response = client_of(admin).post(
        reverse("admin:jobs_jobrun_changelist"), {"action": "run_again", "_selected_action": [dead.pk]}, follow=True
    )
    assert response.status_code == 200
    run = JobRun.objects.get()
    assert (run.status, run.attempts, run.asked_by) == ("waiting", 0, str(admin))


def test_a_running_run_is_not_put_back(client_of, admin, dead, now):
    JobRun.objects.update(status="running", lease_until=now + services.LEASE, lease_token="theirs")
    client_of(admin).post(
        reverse("admin:jobs_jobrun_changelist"), {"action": "run_again", "_selected_action": [dead.pk]}
    )
    assert JobRun.objects.get().status == "running"


def test_the_ledger_cannot_be_written_in_admin(client_of, admin, dead):
    browser = client_of(admin)
    change = reverse("admin:jobs_jobrun_change", args=[dead.pk])
    assert browser.get(change).status_code == 200
    assert browser.post(change, {"status": "done"}).status_code == 403
    assert browser.get(reverse("admin:jobs_jobrun_add")).status_code == 403
    assert browser.post(reverse("admin:jobs_jobrun_delete", args=[dead.pk])).status_code == 403


def test_the_banner_tells_of_late_and_given_up_jobs(job, now):
    job()
    assert queue_warning(now) == ""
    JobRun.objects.create(job="probe", period="1", created_at=now - timedelta(minutes=4))
    assert queue_warning(now) == ""
    assert "6" in queue_warning(now + timedelta(minutes=2))
    JobRun.objects.update(status="dead", finished_at=now)
    assert "1" in queue_warning(now)
    assert queue_warning(now + timedelta(days=31)) == ""


def test_a_run_in_its_back_off_is_not_late(job, now):
    JobRun.objects.create(
        job="probe", period="1", status="failed", created_at=now - timedelta(hours=1), retry_at=now + timedelta(hours=1)
    )
    assert queue_warning(now) == ""


def test_health_answers_without_signing_in_or_a_database(client, monkeypatch, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_readiness_tells_of_database_migrations_broker_and_late_jobs(client, job, now):
    job()
    JobRun.objects.create(job="probe", period="1", created_at=now - timedelta(minutes=10))
    response = client.get("/readyz")
    assert response.status_code == 200
    told = response.json()
    assert (told["database"], told["migrations"], told["broker"], told["jobs"]) == ("ok", "ok", "ok", "late")
    assert 600 <= told["oldest_due_seconds"] < 700


def test_it_is_not_ready_without_a_database_or_with_missing_migrations(client, monkeypatch):
    monkeypatch.setattr(health, "_database", lambda: "down")
    assert client.get("/readyz").status_code == 503
    monkeypatch.undo()
    monkeypatch.setattr(health, "_migrations", lambda: "missing")
    assert client.get("/readyz").status_code == 503


def test_a_database_that_refuses_reads_down(monkeypatch):
    def refuse(*args):
        raise OperationalError

    monkeypatch.setattr(health.connection, "cursor", refuse)
    assert health._database() == "down"


def test_a_lost_broker_is_told_but_pages_stay_ready(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert (response.status_code, response.json()["broker"]) == (200, "down")


def test_ended_sessions_and_old_sign_ins_go(kept_house, manager, now):
    for key, ends, seen in (("old", -1, 3), ("live", 1, 0)):
        Session.objects.create(session_key=key, session_data="x", expire_date=now + timedelta(days=ends))
        LoginSession.objects.create(
            user=manager, session_key=key, started_at=now, last_seen_at=now - timedelta(days=seen)
        )
        failure = AccessFailureLog.objects.create(username=key)
        AccessFailureLog.objects.filter(pk=failure.pk).update(attempt_time=now - timedelta(days=seen))
    services.run_job(name="expire-sessions", period="2026-11-24", now=now)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["live"]
    assert list(LoginSession.objects.values_list("session_key", flat=True)) == ["live"]
    assert list(AccessFailureLog.objects.values_list("username", flat=True)) == ["live"]
    assert JobRun.objects.get().counts == {"sessions": 1, "sign-ins": 1, "failures": 1}


def test_only_old_read_notices_go(kept_house, manager, now, monkeypatch):
    monkeypatch.setattr(housekeeping, "CHUNK", 2)
    long_ago = now - timedelta(days=201)
    for number in range(5):
        Notice.objects.create(recipient=manager, kind=f"old-{number}", created_at=long_ago, read_at=long_ago)
    Notice.objects.create(recipient=manager, kind="unread", created_at=long_ago)
    Notice.objects.create(recipient=manager, kind="lately", created_at=long_ago, read_at=now - timedelta(days=199))
    services.run_job(name="prune-notices", period="2026-11-24", now=now)
    assert set(Notice.objects.values_list("kind", flat=True)) == {"unread", "lately"}
    assert JobRun.objects.get().done == 5


def test_administrators_hear_monthly_from_november_that_next_year_is_missing(kept_house, admin, manager, local):
    for month in (10, 11, 12):
        services.run_job(name="calendar-warning", period=f"2026-{month}", now=local(2026, month, 1, 9))
        services.run_job(name="calendar-warning", period=f"2026-{month}", now=local(2026, month, 2, 9))
    assert [notice.params["year"] for notice in Notice.objects.of(admin)] == [2027, 2027]
    assert not Notice.objects.of(manager).exists()
