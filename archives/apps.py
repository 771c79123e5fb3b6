from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ArchivesConfig(AppConfig):
    name = "archives"
    verbose_name = _("Customer archives")

    def ready(self):
        from archives import checks  # noqa: F401
        from archives.jobs import JOBS
        from crm.jobs.registry import register

        for job in JOBS:
            register(job)
