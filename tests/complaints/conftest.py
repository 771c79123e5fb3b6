"""Fixtures of the suites of complaints."""

import pytest

from complaints.cases.codes import State
from complaints.models import Case
from tests.complaints.handling import fresh
from tests.complaints.world import case_at


@pytest.fixture
def at(outlet, cast):
    """A case about outlet 0101 at a state, handled by the people whom the tree names."""

    def make(state=State.REGISTERED, **fields) -> Case:
        people = {"officer": cast["service"], "investigator": cast["president"], "contact": cast["head"]}
        return fresh(case_at(state, respondent=outlet, actor=cast["teller"], **people, **fields))

    return make
