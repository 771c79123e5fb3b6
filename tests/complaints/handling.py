"""A case under the hand of the first half of its handling, and the people around it."""

import pytest

from complaints.cases.codes import State
from complaints.handling.investigating import Words
from complaints.models import Case
from tests.complaints.world import case_at, make_category

WORDS = Words(
    facts="九时至九时五十分仅开一个窗口。", evidence="叫号记录、监控", root="排班未留备用柜员", measures="高峰时段增开窗口",
    finding="yes", is_flaw=True,
)  # fmt: skip


def words(**changes) -> Words:
    cause = changes.pop("cause", make_category().pk)
    return Words(**(vars(WORDS) | {"cause": cause} | changes))


def fresh(case: Case) -> Case:
    return Case.objects.for_page().get(pk=case.pk)


@pytest.fixture
def at(outlet, cast):
    """A case about outlet 0101 at a state, handled by the people whom the tree names."""

    def make(state=State.REGISTERED, **fields) -> Case:
        people = {"officer": cast["service"], "investigator": cast["president"], "contact": cast["head"]}
        return fresh(case_at(state, respondent=outlet, actor=cast["teller"], **people, **fields))

    return make
