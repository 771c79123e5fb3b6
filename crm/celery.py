"""The clock: beat knocks, workers run what the job ledger says is due."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("crm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["crm.jobs"])
app.conf.beat_schedule = {"sweep": {"task": "crm.jobs.tasks.sweep", "schedule": 30.0}}
