"""Where points come from: a confirmed finding of a case, or an inspection; never the mere filing of a complaint."""

from datetime import date

from django.utils.translation import gettext as _

from complaints.cases.access import is_barred
from complaints.cases.codes import Finding
from complaints.cases.models import Case, Respondent
from complaints.conduct.models import PointRule
from complaints.handling.models import Investigation
from crm.lib.refusals import NotYours, Refused
from crm.staff.models import User

AT_FAULT = (Finding.RESPONSIBLE, Finding.PARTLY)


def confirmed_findings(case: Case):
    """Signed reports of any round."""
    return Investigation.objects.filter(case=case, signed_at__isnull=False)


def is_at_fault(case: Case) -> bool:
    return confirmed_findings(case).filter(finding__in=AT_FAULT).exists()


def may_propose_from(case: Case, user: User) -> bool:
    """Whether the case page offers “Propose points” to `user`: a signed finding, and no part in the matter."""
    if not user.has_perm("complaints.propose_points") or is_barred(case, user):
        return False
    return confirmed_findings(case).exists()


def involved(case: Case):
    """Whom points of this case may concern: the accused, and who works at the outlet complained about."""
    accused = case.respondents.filter(why=Respondent.Why.ACCUSED).values("employee")
    return User.objects.filter(pk__in=accused) | User.objects.filter(branch=case.respondent_id)


def ensure_case_source(*, case: Case, employee: User, rule: PointRule, actor: User) -> None:
    """Refused unless the case confirms what `rule` needs and `employee` belongs to it."""
    if not Case.objects.visible_to(actor).filter(pk=case.pk).exists():
        raise NotYours(_("You have no part in this case, or are complained about in it."))
    ensure_confirmed(case=case, rule=rule)
    if not involved(case).filter(pk=employee.pk).exists():
        raise Refused(
            _("%(who)s is neither complained about in %(number)s nor works at the outlet it is about.")
            % {"who": employee.name, "number": case.number},
            fields={"employee": [_("Choose somebody of this case.")]},
        )


def ensure_confirmed(*, case: Case, rule: PointRule) -> None:
    """A violation needs a signed finding of fault; praise and awards need a signed finding of any kind."""
    if rule.kind == PointRule.Kind.VIOLATION:
        if not is_at_fault(case):
            raise Refused(
                _("%(number)s has no signed finding of fault: points exist only after one.") % {"number": case.number}
            )
    elif not confirmed_findings(case).exists():
        raise Refused(_("%(number)s has no signed finding yet.") % {"number": case.number})


def rule_of(*, rule: PointRule, day: date) -> PointRule:
    """The version of the item that was in force when it happened; Refused where there was none."""
    found = PointRule.objects.in_force(day).filter(code=rule.code).order_by("-version").first()
    if found is None:
        raise Refused(
            _("“%(item)s” was not in force on %(day)s.") % {"item": rule, "day": day.isoformat()},
            fields={"rule": [_("Choose an item that was in force that day.")]},
        )
    return found
