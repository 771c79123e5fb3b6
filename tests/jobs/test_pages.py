"""The clock's pages: administrators see and ask, others do not."""

import pytest

from crm.jobs import services
from crm.jobs.models import JobRun
from crm.jobs.periods import daily
from crm.jobs.registry import JobError
from crm.privacy.models import AccessEvent

pytestmark = pytest.mark.django_db


def test_an_administrator_sees_jobs_periods_progress_and_errors(job, admin, client_of, now):
    def broken(*, period, run, now):
        services.heartbeat(run, done=3, total=10)
        raise JobError("the file is missing")

    job("probe", run=broken, periods=daily("probe"))
    services.sweep(now)
    client = client_of(admin)
    assert "probe" in client.get("/jobs/").content.decode()
    page = client.get("/jobs/probe/").content.decode()
    assert "the file is missing" in page and "3 / 10" in page


@pytest.mark.parametrize("who", ["teller", "manager", "head", "headoffice", "auditor"])
def test_others_are_refused(job, cast, client_of, who, now):
    job("probe", periods=daily("probe"))
    services.sweep(now)
    client, run = client_of(cast[who]), JobRun.objects.get()
    assert client.get("/jobs/").status_code == client.get("/jobs/probe/").status_code == 403
    assert client.post("/jobs/probe/run/").status_code == 403
    assert client.post(f"/jobs/runs/{run.pk}/again/").status_code == 403
    run.refresh_from_db()
    assert run.status == "done"


def test_run_now_runs_what_is_due_and_run_again_puts_a_finished_one_back(job, admin, client_of, now):
    done = job("probe", periods=daily("probe"))
    client = client_of(admin)
    client.post("/jobs/probe/run/")
    assert JobRun.objects.get().status == "waiting"
    services.sweep(now)
    assert len(done) == 1
    client.post("/jobs/probe/run/")  # nothing due: the newest once more
    services.sweep(now)
    run = JobRun.objects.get()
    assert len(done) == 2 and run.asked_by == str(admin)
    client.post(f"/jobs/runs/{run.pk}/again/")
    services.sweep(now)
    assert len(done) == 3
    assert AccessEvent.objects.filter(action="job").count() == 3


def test_a_running_job_and_one_that_only_people_start_are_not_started(job, admin, client_of, now):
    job("probe", periods=daily("probe"))
    job("asked")
    JobRun.objects.create(job="probe", period="2026-01-01", status="running", lease_until=now)
    client = client_of(admin)
    assert "tone-warn" in client.post("/jobs/asked/run/", follow=True).content.decode()
    run = JobRun.objects.get(job="probe")
    assert "tone-warn" in client.post(f"/jobs/runs/{run.pk}/again/", follow=True).content.decode()
    assert client.get("/jobs/nothing/").status_code == client.get("/jobs/runs/999/again/").status_code - 1 == 404


def test_beat_knocks_for_every_job_that_has_periods():
    """Fresh from the apps: the fixture of this folder empties the registry."""
    from archives.jobs import JOBS
    from complaints.jobs import JOBS as COMPLAINTS
    from crm.beat import BEAT_SCHEDULE
    from crm.jobs.housekeeping import JOBS as GROUND
    from crm.jobs.registry import on_demand

    periodic = {j.name for j in [*JOBS, *COMPLAINTS, *GROUND] if j.periods is not on_demand}
    assert {entry["args"][0] for entry in BEAT_SCHEDULE.values() if entry["task"].endswith(".knock")} == periodic
