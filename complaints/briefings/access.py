"""The one way to reach a briefing or a document."""

from django.http import Http404

from complaints.briefings.models import Briefing, Document
from crm.privacy.log import record
from crm.privacy.models import AccessEvent
from crm.staff.models import Branch


def get_visible_briefing(user, pk: int, *, request=None) -> Briefing:
    found = Briefing.objects.for_page().visible_to(user).filter(pk=pk).first()
    if found is None:
        if Briefing.objects.filter(pk=pk).exists():
            record(AccessEvent.Action.DENIED, request=request, actor=user, obj_type="briefing", obj_id=pk)
        raise Http404
    return found


def get_visible_document(user, code: str, version: int) -> Document:
    found = Document.objects.visible_to(user).select_related("scope", "issued_by", "replaced_by")
    document = found.filter(code=code, version=version).first() if "\0" not in code else None
    if document is None:
        raise Http404
    return document


def may_hold(user, branch: Branch) -> bool:
    """Writes an outlet's briefings: its head or lobby manager, and the presidents above."""
    in_scope = Branch.objects.in_scope_of(user).filter(pk=branch.pk)
    return user.has_perm("complaints.hold_briefing") and in_scope.exists()
