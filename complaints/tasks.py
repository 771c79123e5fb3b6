"""Doorbells: nothing as arguments, safe to ring twice."""

from celery import shared_task
from django.utils import timezone

from complaints.clocks.sweep import sweep_clocks as sweep
from complaints.duty import attendance


@shared_task(name="complaints.tasks.sweep_clocks")
def sweep_clocks():
    sweep(now=timezone.now())


@shared_task(name="complaints.tasks.watch_lobbies")
def watch_lobbies():
    attendance.sweep(timezone.now())
