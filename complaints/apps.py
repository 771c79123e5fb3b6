from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = _("Complaints")

    def ready(self):
        from archives.customers.links import register_links
        from complaints.cases import links as cases
        from complaints.duty import links as duty
        from complaints.intake import links as intake
        from complaints.jobs import JOBS
        from crm.jobs.registry import register

        for job in JOBS:
            register(job)
        for topic in (cases, duty, intake):
            register_links(topic.LINKS)
