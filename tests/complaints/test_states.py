"""Every state and action: the table as it is written in DOMAIN.md 1.4, tried through the transition."""

import pytest

from complaints.cases.codes import Role, State
from complaints.cases.rules import STEPS, TABLE, Action, allowed, step
from complaints.models import CaseEvent
from tests.complaints.world import PATH, case_at


@pytest.mark.parametrize("state", PATH)
def test_a_case_reaches_every_state_of_its_path(state, outlet, teller, service, president, head):
    case = case_at(state, respondent=outlet, actor=teller, officer=service, investigator=president, contact=head)
    assert case.state == state
    assert CaseEvent.objects.filter(case=case).count() >= PATH.index(state)


def test_every_action_but_registering_has_its_steps():
    assert set(Action) - set(STEPS) == {Action.REGISTER}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", Action)
def test_a_step_names_who_and_leads_to_a_state(state, action):
    found = step(state, action)
    assert (found is None) == ((state, action) not in TABLE or action == Action.SETTLE)
    if found:
        assert found.who <= set(Role) and (found.to is None or found.to in State)
        assert not allowed(state, action, set())
