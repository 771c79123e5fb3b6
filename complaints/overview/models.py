"""Improvement tasks that grow from clusters of causes (溯源整改)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.cases.models import Category
from complaints.overview.querysets import ImprovementQuerySet
from crm.staff.models import Branch

USER = settings.AUTH_USER_MODEL


class Improvement(models.Model):
    """A cause that is taken out: owner, day, and an effect check of complaints before and after."""

    class State(models.TextChoices):
        OPEN = "open", _("Under way")
        DONE = "done", _("Done, effect not yet checked")
        CHECKED = "checked", _("Effect checked")

    number = models.CharField(_("number"), max_length=24, unique=True)
    cause = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("cause"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))  # and below
    text = models.TextField(_("what is changed"), max_length=1000)
    owner = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("owner"))
    due_on = models.DateField(_("due on"))
    weeks = models.PositiveSmallIntegerField(_("weeks of the effect check"), default=8)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(default=1)
    opened_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened"))
    done_on = models.DateField(_("done"), null=True, blank=True)
    check_on = models.DateField(_("effect checked on"), null=True, blank=True)
    before = models.PositiveIntegerField(_("complaints before"), null=True, blank=True)
    after = models.PositiveIntegerField(_("complaints after"), null=True, blank=True)
    result = models.CharField(_("result"), max_length=500, blank=True)

    objects = ImprovementQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("improvement task")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="checked") | Q(after__isnull=False), name="checked_improvement_has_figures"
            ),
        ]

    def __str__(self):
        return self.number
