from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ArchivesConfig(AppConfig):
    name = "archives"
    verbose_name = _("Customer archives")

    def ready(self):
        from archives import checks  # noqa: F401
        from archives.changes.effects import register_effect
        from archives.classification import links as classes
        from archives.classification.defaults import after_migrate
        from archives.customers import links, successors
        from archives.effects import EFFECTS
        from archives.intelligence import links as intelligence
        from archives.jobs import JOBS
        from archives.retention import links as retention
        from archives.reviews import links as reviews
        from archives.stewardship import links as stewardship
        from archives.stewardship import merging
        from crm.jobs.registry import register

        post_migrate.connect(after_migrate, sender=self)
        for job in JOBS:
            register(job)
        for topic in (links, intelligence, classes, retention, stewardship, reviews):
            links.register_links(topic.LINKS)
        for kind, effect in EFFECTS.items():
            register_effect(kind, effect)
        successors.answer_with(merging.successors)
