from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = _("Complaints")

    def ready(self):
        from archives.customers.links import register_links
        from complaints.cases import links as cases
        from complaints.clocks import defaults as clocks
        from complaints.conduct import defaults as conduct
        from complaints.duty import links as duty
        from complaints.handling import letters
        from complaints.intake import links as intake
        from complaints.intake.defaults import after_migrate
        from complaints.jobs import JOBS
        from crm.jobs.registry import register

        post_migrate.connect(after_migrate, sender=self)
        post_migrate.connect(clocks.after_migrate, sender=self)
        post_migrate.connect(conduct.after_migrate, sender=self)
        post_migrate.connect(letters.after_migrate, sender=self)
        for job in JOBS:
            register(job)
        for topic in (cases, duty, intake):
            register_links(topic.LINKS)
