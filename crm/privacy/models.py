"""The access log: who saw, revealed, downloaded or was refused what. Rows are added, never changed."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.lib.dates import SHANGHAI


class AccessEventQuerySet(models.QuerySet):
    def of_customer(self, customer_id):
        return self.filter(object_type="customer", object_id=customer_id)

    def by_people(self, people):
        return self.filter(actor__in=people)

    def on_days(self, first, last):
        """Lines of the local days `first` to `last`; None leaves a side open."""
        found = self
        if first:
            found = found.filter(at__gte=datetime.combine(first, time.min, SHANGHAI))
        if last:
            found = found.filter(at__lt=datetime.combine(last + timedelta(days=1), time.min, SHANGHAI))
        return found


class AccessEvent(models.Model):
    class Action(models.TextChoices):
        VIEW = "view", _("Viewed")
        REVEAL = "reveal", _("Revealed")
        DENIED = "denied", _("Refused")
        SEARCH = "search", _("Searched by a sensitive number")
        EXPORT = "export", _("Exported")
        DOWNLOAD = "download", _("Downloaded")
        SIGN_IN = "sign_in", _("Signed in")
        SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
        SIGN_OUT = "sign_out", _("Signed out")
        DECISION = "decision", _("Decided")
        ROLE = "role", _("Role or employment changed")
        JOB = "job", _("Job run by hand")

    at = models.DateTimeField(_("time"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("employee")
    )
    actor_name = models.CharField(_("name"), max_length=60, blank=True)
    actor_number = models.CharField(_("employee number"), max_length=20, blank=True)
    actor_roles = models.CharField(_("roles"), max_length=120, blank=True)
    actor_branch = models.CharField(_("branch"), max_length=80, blank=True)
    ip = models.GenericIPAddressField(_("address"), null=True, blank=True)
    session_hash = models.CharField(max_length=32, blank=True)
    request_id = models.CharField(max_length=40, blank=True)
    action = models.CharField(_("action"), max_length=16, choices=Action)
    object_type = models.CharField(_("kind of object"), max_length=30, blank=True)
    object_id = models.BigIntegerField(null=True, blank=True)
    object_label = models.CharField(_("object"), max_length=80, blank=True)
    fields = models.CharField(_("fields"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    result = models.CharField(_("result"), max_length=60, blank=True)

    objects = AccessEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("access event")
        verbose_name_plural = _("access log")
        indexes = [
            models.Index(fields=["-at", "-id"], name="access_time"),
            models.Index(fields=["object_type", "object_id", "-at"], name="access_object"),
            models.Index(fields=["actor", "-at"], name="access_actor"),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action}"
