"""The one way to reach a meeting."""

from django.http import Http404

from archives.reviews.models import Meeting
from crm.privacy.log import record
from crm.privacy.models import AccessEvent


def get_visible_meeting(user, number: str, *, kind: str = "", request=None) -> Meeting:
    """The meeting of `number` in `user`'s scope; Http404 otherwise. A refusal is logged where one exists."""
    rows = Meeting.objects.for_page()
    if kind:
        rows = rows.filter(kind=kind)
    sound = len(number) <= 24 and "\0" not in number
    found = rows.visible_to(user).filter(number=number).first() if sound else None
    if found is None:
        _log_refusal(user, number if sound else "", request)
        raise Http404
    return found


def _log_refusal(user, number: str, request) -> None:
    stranger = Meeting.objects.filter(number=number).only("pk", "number").first() if number else None
    if stranger is not None:
        record(
            AccessEvent.Action.DENIED,
            request=request,
            actor=user,
            obj_type="meeting",
            obj_id=stranger.pk,
            label=stranger.number,
        )
