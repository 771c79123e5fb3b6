import pytest

from archives.retention.services import confirm_purge
from tests.archives import make_personal
from tests.retention.deletions import delete, due


@pytest.fixture
def archive(outlet, manager, now):
    """An archive without accounts, which `manager` looks after."""
    return make_personal(branch=outlet, manager=manager, actor=manager, now=now)


@pytest.fixture
def binned(archive, teller, manager, now):
    """The archive's deletion: proposed by the teller, approved by the manager."""
    return delete(customer=archive, proposer=teller, approver=manager, now=now)


@pytest.fixture
def purge(head):
    """Confirm a purge as the head on the first day it is due, unless said otherwise."""

    def make(deletion, *, actor=head, typed=None, now=None):
        deletion.refresh_from_db()
        moment = now or due(deletion)
        number = deletion.number if typed is None else typed
        return confirm_purge(deletion=deletion, actor=actor, typed_number=number, now=moment)

    return make


@pytest.fixture
def english(client_of):
    """A signed-in browser that speaks English."""

    def make(user):
        client = client_of(user)
        client.cookies["django_language"] = "en"
        return client

    return make
