"""Two archives of one customer, alone or with everything that can hang on them; a merge proposed, or done."""

import pytest

from archives.accounts.figures import refresh_figures
from archives.changes.services import decide_matter
from archives.models import Merge
from archives.stewardship.merging import propose_merge
from tests.archives import make_personal
from tests.stewardship.merge_world import fresh, hang_everything, make_pair


@pytest.fixture
def pair(outlet, manager, colleague, now):
    return make_pair(branch=outlet, manager=manager, loser_manager=colleague, now=now)


@pytest.fixture
def third(outlet, manager, now):
    return make_personal(branch=outlet, manager=manager, now=now, name="王芳")


@pytest.fixture
def full(pair, third, teller, now, today):
    """The pair with everything that can hang on it."""
    survivor, loser = pair
    request = hang_everything(survivor=survivor, loser=loser, third=third, teller=teller, now=now)
    refresh_figures(today=today)
    return survivor, loser, third, request


@pytest.fixture
def propose(teller, now):
    def make(survivor, loser, choices=None, *, proposer=teller, **options):
        options = {"reason_text": "同一客户重复建档", "now": now} | options
        return propose_merge(survivor=survivor, loser=loser, choices=choices or {}, proposer=proposer, **options)

    return make


@pytest.fixture
def merge(propose, now):
    """Proposed as the two stand now, and approved by whoever answers."""

    def make(survivor, loser, choices=None, **options):
        request = propose(fresh(survivor), fresh(loser), choices, **options)
        decide_matter(request=request, actor=request.assignee, accept=True, now=now)
        return Merge.objects.get(request=request)

    return make
