"""The clock for administrators: which jobs there are, what ran, what is due, what failed; run now, run again."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.jobs.models import JobRun
from crm.jobs.registry import find, on_demand
from crm.jobs.selectors import job_states, state_of
from crm.jobs.services import run_again, run_now
from crm.lib.keyset import page
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.access import requires


def _job(name: str):
    job = find(name)
    if job is None:
        raise Http404
    return job


@requires("jobs.view_jobrun")
def jobs(request):
    states = job_states(timezone.now())
    busy = any(run.status == JobRun.Status.RUNNING for state in states for run in state.last)
    return render(request, "jobs/jobs.html", {"states": states, "busy": busy})


@requires("jobs.view_jobrun")
def job(request, name: str):
    found = _job(name)
    runs = page(
        JobRun.objects.filter(job=name).defer("cursor"),
        order=[("period", "desc"), ("pk", "desc")],
        size=50,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    context = {
        "state": state_of(found, timezone.now(), last=1),
        "page": runs,
        "busy": any(run.status == JobRun.Status.RUNNING for run in runs.rows),
        "periodic": found.periods is not on_demand,
    }
    return render(request, "jobs/job.html", context)


@requires("jobs.run_job")
@require_POST
def run(request, name: str):
    """The due periods now; where none is due, the newest one again."""
    found = _job(name)
    now = timezone.now()
    periods = run_now(job=found, actor=request.user, now=now) if found.periods is not on_demand else []
    if periods:
        _log(request, f"{name} {periods[-1]}")
        messages.success(request, _("%(job)s: %(periods)s.") % {"job": found.title or name, "periods": ", ".join(periods[:6])})  # fmt: skip
    else:
        messages.warning(request, _("Nothing to run: the job is running, or it only runs when somebody starts it."))
    return redirect("jobs:job", name=name)


@requires("jobs.run_job")
@require_POST
def again(request, pk: int):
    found = get_object_or_404(JobRun, pk=pk)
    if run_again(run=found, actor=request.user, now=timezone.now()):
        _log(request, f"{found.job} {found.period}")
        messages.success(request, _("%(period)s waits again.") % {"period": found.period})
    else:
        messages.warning(request, _("This run is waiting or running already."))
    return redirect("jobs:job", name=found.job)


def _log(request, label: str) -> None:
    record(AccessEvent.Action.JOB, request=request, obj_type="job", label=label)
