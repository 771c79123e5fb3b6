"""The purge: not before its day, by a third person who types the number; everything goes and a tombstone stays."""

import pytest

from archives.changes.refusals import Refused
from archives.models import Customer, Deletion, Tombstone


@pytest.mark.django_db
def test_everything_goes_and_a_tombstone_stays(archive, binned, purge, head):
    stone = purge(binned)
    assert stone == Tombstone.objects.get(number=archive.number)
    assert (stone.kind, stone.category, stone.confirmer) == ("customer", "dead", head)
    assert not Customer.everyone.filter(pk=archive.pk).exists()
    assert not Customer.history.filter(id=archive.pk).exists()
    assert not Deletion.objects.exists()
    assert stone.rows["customer"] == 1


@pytest.mark.django_db
def test_a_mistyped_number_purges_nothing(archive, binned, purge):
    with pytest.raises(Refused):
        purge(binned, typed=archive.number[:-1])
    assert Customer.everyone.filter(pk=archive.pk).exists()
