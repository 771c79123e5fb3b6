"""Two archives of one customer, alone or with everything that can hang on them; a merge proposed, or done."""

import pytest

from archives.accounts.figures import refresh_figures
from archives.changes.services import decide_matter, propose_change
from archives.models import Customer, Merge
from archives.stewardship.handing_over import prepare_hand_over
from archives.stewardship.merging import propose_merge
from archives.stewardship.rules import Choice
from tests.archives import make_account, make_corporate, make_personal
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


@pytest.fixture
def prepare(outlet, manager, colleague, head, headoffice, now):
    """A hand-over of the manager's customers to the colleague under the head's eyes, unless said otherwise."""

    def make(**options):
        options = {
            "outgoing": manager, "branch": outlet, "incoming": [colleague], "supervisor": head, "reason": "departure",
            "choice": Choice(), "actor": headoffice, "now": now,
        } | options  # fmt: skip
        return prepare_hand_over(**options)

    return make


@pytest.fixture
def portfolio(outlet, manager, colleague, now):
    """Two persons and a company of the manager: one with an account, one in the bin; one he only assists."""
    rich, company = make_personal(branch=outlet, manager=manager), make_corporate(branch=outlet, manager=manager)
    make_account(customer=rich)
    hidden, helped = make_personal(branch=outlet, manager=manager), make_personal(branch=outlet, manager=colleague)
    Customer.everyone.filter(pk=hidden.pk).update(life="bin")
    Customer.everyone.filter(pk=helped.pk).update(assistant=manager)
    return {"rich": rich, "company": company, "hidden": hidden, "helped": helped}


@pytest.fixture
def ask(teller, now):
    def make(customer, proposer=teller):
        return propose_change(
            customer=customer, proposer=proposer, kind="edit", items={"remark": "新备注"}, reason_code="changed",
            reason_text="客户到店", base_version=customer.version, now=now,
        )  # fmt: skip

    return make
