"""The table asked before anything is read from a form: first whether the step exists now, then whose it is."""

from django.utils.translation import gettext as _

from complaints.cases.access import ensure_may
from complaints.cases.models import Case
from complaints.cases.rules import Action, step
from crm.lib.refusals import Refused


def ensure_step(case: Case, action: Action, actor) -> str:
    """The role by which `actor` may do it. Refused where the case is not at it, NotYours where it is another's."""
    if step(case.state, action, case.kind) is None:
        raise Refused(_("The case %(number)s is at “%(state)s”: this step is not possible now.") % {"number": case.number, "state": case.get_state_display()})  # fmt: skip
    return ensure_may(case, action, actor)
