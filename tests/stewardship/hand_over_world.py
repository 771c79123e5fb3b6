"""A prepared hand-over of each place for the worlds of the matrix and of the canaries."""

from archives.models import Customer, HandOver, HandOverLine

HAND_OVER_SCOPED = {
    "stewardship:hand_over",
    "stewardship:undo_hand_over",
    "stewardship:cancel_hand_over",
    "stewardship:outlet",
}
HAND_OVER_POST_ONLY = {"stewardship:undo_hand_over", "stewardship:cancel_hand_over"}


def add_hand_overs(found: dict, *, now) -> None:
    """Written down only: at the other place there is no second manager who could take over."""
    for place in ("here", "there"):
        customer = found[place]["customer"]
        hand_over = HandOver.objects.create(
            number=f"YJ-{place}", branch=customer.branch, outgoing=customer.manager, supervisor=customer.branch.people.exclude(pk=customer.manager_id).first(),
            reason="leave", prepared_by=customer.manager, prepared_at=now, counts={"preview": {"customers": 1, "deposits": 0}, "incoming": [], "choice": {"which": "all"}},
        )  # fmt: skip
        HandOverLine.objects.create(hand_over=hand_over, customer=customer, incoming=None)


def hand_over_arguments(customer, place: str) -> dict:
    """By the names of the pages, what stands in their addresses."""
    pages = {name: {"number": f"YJ-{place}"} for name in HAND_OVER_SCOPED}
    return pages | {"stewardship:outlet": {"code": customer.branch.code}}


def manager_of(customer):
    return Customer.everyone.get(pk=customer.pk).manager
