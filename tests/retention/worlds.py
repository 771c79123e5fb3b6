"""What the permission matrix and the canaries meet on the pages of retention: one of each, here and there."""

from datetime import timedelta

from archives.models import Customer, DeadCandidate, Deletion, Tombstone
from tests.archives import make_personal
from tests.retention.deletions import delete

SCOPED = {
    f"retention:{name}"
    for name in ("delete", "sign", "holds", "deletion", "restore", "purge", "tombstone", "sealed_archive", "dismiss")
}
POST_ONLY = {f"retention:{name}" for name in ("sign", "restore", "purge", "dismiss", "find")}


def add_retention(found: dict, cast: dict, bank: dict, now, **values) -> None:
    """Into `found[place]`: a deletion in the bin, a sealed one, a tombstone, a candidate; `values` of the archives by place."""
    for place, code, manager, proposer, third in (
        ("here", "0101", "manager", "teller", "head"),
        ("there", "0201", "stranger", "stranger_head", "headoffice"),
    ):
        people = {"proposer": cast[proposer], "approver": cast[manager], "now": now}
        world, branch = found[place], bank[code]
        who = {"branch": branch, "manager": cast[manager]} | values.get(place, {})
        world["deletion"] = delete(customer=make_personal(**who), **people)
        sealed = delete(customer=make_personal(**who), **people)
        Deletion.objects.filter(pk=sealed.pk).update(
            state="sealed", sealed_until=now.date() + timedelta(days=3650), seal_reason="account",
            confirmed_by=cast[third], confirmed_at=now,
        )  # fmt: skip
        Customer.everyone.filter(pk=sealed.customer_id).update(life="sealed")
        world["sealed"] = sealed
        world["tombstone"] = Tombstone.objects.create(
            kind="customer", number=f"19999{code}", branch=branch, category="dead", request_number=f"XG-{code}",
            proposer=cast[proposer], approver=cast[manager], confirmer=cast[third], proposed_at=now, approved_at=now,
            confirmed_at=now, purged_at=now, rows={"customer": 1},
        )  # fmt: skip
        world["candidate"] = DeadCandidate.objects.create(
            customer=world["customer"], rule="no_account", evidence={"opened": "2020-01-01", "contact": ""}, found_on=now.date()
        )  # fmt: skip


def retention_arguments(world: dict) -> dict:
    """URL arguments by name, for one place."""
    if "deletion" not in world:
        return {}
    number, pk = {"number": world["customer"].number}, {"pk": world["deletion"].pk}
    return {
        "retention:delete": number, "retention:sign": number, "retention:holds": number,
        "retention:deletion": pk, "retention:restore": pk, "retention:purge": pk,
        "retention:tombstone": {"number": world["tombstone"].number},
        "retention:sealed_archive": {"number": world["sealed"].number},
        "retention:dismiss": {"pk": world["candidate"].pk},
    }  # fmt: skip
