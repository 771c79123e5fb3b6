from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "crm.jobs"
    label = "jobs"
    verbose_name = _("Jobs")

    def ready(self):
        import crm.celery  # noqa: F401  every process that knocks needs the broker's settings
        from crm.jobs.housekeeping import JOBS
        from crm.jobs.registry import register

        for job in JOBS:
            register(job)
