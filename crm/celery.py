"""The clock: beat knocks, workers run what the job ledger says is due.

Queues: `fast` for what people wait for, `bulk` for long work. One worker of the trial serves both;
production starts one each (docs/operations.md).
"""

import os
from pathlib import Path

from celery import Celery
from django.conf import settings

from crm.beat import BEAT_SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

app = Celery("crm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["crm.jobs", "complaints"])
app.conf.beat_schedule = BEAT_SCHEDULE
app.conf.beat_schedule_filename = str(settings.DATA_DIR / "beat" / "schedule")


def make_folders() -> None:
    """Folders of beat and of the filesystem broker: messages hold job names only, still nobody else reads them."""
    folders = [Path(app.conf.beat_schedule_filename).parent]
    if not settings.REDIS_URL:
        options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
        folders += [Path(options["data_folder_in"]), Path(options["control_folder"])]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


make_folders()
