"""The archive that a merge took away, purged: the remaining one loses nothing; purged as well, nothing is left of either."""

import pytest
from django.apps import apps

from archives.changes.services import decide_matter
from archives.models import ChangeRequest, Customer, Deletion, Merge, Modification, Tombstone
from archives.stewardship.merging import propose_merge
from crm.lib.refusals import Refused
from crm.privacy.rotation import encrypted_columns
from tests.archives import make_account, make_personal
from tests.retention.deletions import delete, due
from tests.retention.test_links import naming
from tests.stewardship.merge_world import ask, fresh, hang_everything, inventory, make_pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(outlet, manager, now):
    return make_pair(branch=outlet, manager=manager, now=now)


@pytest.fixture
def merge(teller, now):
    """Merge the two as they stand now, taking the loser's employer."""

    def make(survivor, loser) -> Merge:
        request = propose_merge(
            survivor=fresh(survivor), loser=fresh(loser), choices={"employer": "loser"}, proposer=teller,
            reason_text="同一客户重复建档", now=now,
        )  # fmt: skip
        decide_matter(request=request, actor=request.assignee, accept=True, now=now)
        return Merge.objects.get(request=request)

    return make


def standing(customer) -> dict:
    """Every row that refers to `customer`, and its history."""
    found = {}
    for relation in Customer._meta.related_objects:
        name = relation.field.name
        rows = relation.related_model._base_manager.filter(**{name: customer.pk})
        found[f"{relation.related_model.__name__}.{name}"] = sorted(rows.values_list("pk", flat=True))
    return {key: rows for key, rows in found.items() if rows}


def test_the_remaining_archive_loses_nothing(pair, merge, purge, outlet, manager, teller, head, now):
    survivor, loser = pair
    hang_everything(
        survivor=survivor, loser=loser, third=make_personal(branch=outlet, manager=manager), teller=teller, now=now
    )
    done, gone = merge(survivor, loser), loser.pk
    before, accounts = standing(survivor), fresh(survivor).accounts.count()
    before["Relation.other"].remove(loser.relation_rows.get(other=survivor).pk)  # of the two with each other
    stone = purge(done.deletion)
    assert (stone.number, stone.category) == (loser.number, "merged")
    assert not Customer.everyone.filter(pk=loser.pk).exists()
    assert standing(survivor) == before and accounts == 3
    done.refresh_from_db()
    assert (done.loser, done.deletion, done.loser_number) == (None, None, loser.number)
    assert done.request.customer == survivor
    assert [(model._meta.label, field) for model, field, rows in naming(gone) if rows] == []  # moved rows' history too


def test_what_was_merged_into_it_is_purged_first(pair, merge, purge, teller, manager, now):
    survivor, loser = pair
    done = merge(survivor, loser)
    deletion = delete(customer=fresh(survivor), proposer=teller, approver=manager, now=now)
    with pytest.raises(Refused, match=loser.number):
        purge(deletion)
    purge(done.deletion)
    assert purge(deletion).number == survivor.number


def test_nothing_of_either_is_left_when_both_are_purged(pair, merge, purge, teller, manager, now):
    survivor, loser = pair
    for customer in pair:
        request = ask(customer, teller, now, job_title="科长")
        request.refresh_from_db()
    done = merge(survivor, loser)
    deletion = delete(customer=fresh(survivor), proposer=teller, approver=manager, now=now)
    purge(done.deletion)
    purge(deletion)
    assert Tombstone.objects.count() == 2
    left = {table: rows for table, rows in inventory().items() if rows}
    assert set(left) == {"tombstone", "clock", "numberfloor", "scheme", "level"}, left
    assert not ChangeRequest.objects.exists() and not Modification.objects.exists() and not Merge.objects.exists()
    texts = [
        text for model, field in encrypted_columns() for text in model._base_manager.values_list(field.name, flat=True)
    ]
    assert texts == []
    histories = [
        model for model in apps.get_app_config("archives").get_models() if model.__name__.startswith("Historical")
    ]
    assert [model.__name__ for model in histories if model.objects.exists()] == []


def test_the_account_of_the_remaining_archive_holds_nothing_up(pair, merge, purge):
    survivor, loser = pair
    make_account(customer=survivor).holders.create(customer=loser, role="user")
    done = merge(survivor, loser)
    assert purge(done.deletion).number == loser.number
    assert fresh(survivor).accounts.count() == 1


def test_a_merge_into_an_archive_that_is_merged_on_is_purged_too(pair, merge, purge, outlet, manager, now):
    survivor, loser = pair
    third = make_personal(
        branch=outlet, manager=manager, now=now, name="李明亮", birth_date=survivor.birth_date.isoformat()
    )
    first = merge(survivor, loser)
    second = merge(third, survivor)
    for done in (first, second):
        due(Deletion.objects.get(pk=done.deletion_id))
        purge(Deletion.objects.get(pk=done.deletion_id))
    assert list(Customer.everyone.values_list("number", flat=True)) == [third.number]
