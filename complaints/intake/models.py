"""How a case came in, beside the case itself: what was told later, and when its acceptance was told to the customer."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from archives.customers.models import Customer
from complaints.cases.codes import Means
from complaints.cases.models import Case

USER = settings.AUTH_USER_MODEL


class Acknowledgement(models.Model):
    """受理告知: when and how the customer was told of the acceptance, the limit and whom to ask."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="acknowledgements")
    round = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField(_("sent"))
    sent_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("sent by"))
    means = models.CharField(_("means"), max_length=8, choices=Means)
    limit_on = models.DateField(_("limit told"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.case_id} {self.sent_at}"


class Supplement(models.Model):
    """What was told after the registration, whose own words stay as they were. Append-only."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="supplements")
    round = models.PositiveSmallIntegerField()
    # The case's customer of that moment: with them the words go in a purge.
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField(_("what was added"), max_length=2000)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.case_id} {self.at}"
