"""Doorbells: names or nothing as arguments, safe to ring twice."""

from celery import shared_task
from django.utils import timezone

from crm.jobs import services


@shared_task(name="crm.jobs.tasks.sweep")
def sweep():
    services.knock(timezone.now())


@shared_task(name="crm.jobs.tasks.knock")
def knock(job):
    services.knock_job(name=job, now=timezone.now())


@shared_task(name="crm.jobs.tasks.run")
def run(job, period):
    services.answer(name=job, period=period, now=timezone.now())
