"""Notices: rows written in the transaction of what they tell; the bell and the page read them."""

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, SmallIntegerField, When
from django.utils.translation import gettext_lazy as _

from crm.notifications.kinds import text_of


class NoticeQuerySet(models.QuerySet):
    def unread(self):
        return self.filter(read_at=None)

    def unread_first(self):
        """With `seen` (0 or 1) to page by."""
        return self.annotate(seen=Case(When(read_at=None, then=0), default=1, output_field=SmallIntegerField()))

    def of(self, user):
        return self.filter(recipient=user)


class Notice(models.Model):
    """`kind` names a text in `notifications.kinds`, shown in the reader's language with `params` filled in.

    `params` hold no personal data of customers: numbers, employees' names, counts.
    """

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    params = models.JSONField(default=dict, blank=True)
    link = models.CharField(max_length=200, blank=True)
    dedupe_key = models.CharField(max_length=120, null=True, blank=True, unique=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(fields=["recipient", "-created_at", "-id"], name="notice_recipient"),
            models.Index(fields=["recipient"], name="notice_unread", condition=Q(read_at=None)),
        ]

    def __str__(self):
        return self.text

    @property
    def text(self) -> str:
        return text_of(self.kind, self.params)
