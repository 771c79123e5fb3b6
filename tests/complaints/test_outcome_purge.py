"""What hangs on a case, of whichever topic, is taken by the purge of its customer or holds no free text."""

from datetime import timedelta

import pytest
from django.apps import apps

from archives.models import Deletion, LegalRetention
from complaints.handling.ending import withdraw
from complaints.models import Case, Clock
from crm.lib.dates import add_months, local_day
from tests.archives import make_personal
from tests.complaints.purge_world import CASE, texts_of
from tests.complaints.world import case_at, make_case
from tests.retention.deletions import delete, due

# The employees' ledger stays with what it says of them; a customer stands in it by the case's number alone.
STAYS = {"pointproposal"}


def hanging():
    """Tables that refer to a case, or to a clock of one."""
    targets = (Case, Clock)
    return {
        model
        for model in apps.get_app_config("complaints").get_models()
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model in targets and model is not Case
    }


def test_every_free_text_below_a_case_is_declared():
    declared = {below.model: below for below in CASE.below}
    bad = []
    for model in hanging():
        name = model._meta.model_name
        below = declared.get(name)
        if name in STAYS or (below and below.gone):
            continue
        bad += [f"{name}.{text}" for text in texts_of(model) if not below or text not in below.blank]
    assert bad == []


@pytest.fixture
def archive(outlet, manager, now):
    return make_personal(branch=outlet, manager=manager, actor=manager, now=now - timedelta(days=5000))


def test_an_open_case_stands_in_the_way_of_a_deletion_and_says_its_number(archive, outlet, teller, service, president, head, now, client_of):  # fmt: skip
    case = case_at("contacted", respondent=outlet, actor=teller, officer=service, investigator=president, contact=head, customer=archive, now=now)  # fmt: skip
    answer = client_of(teller).get(f"/customers/{archive.number}/delete/")
    assert case.number in answer.content.decode()
    answer = client_of(teller).post(f"/customers/{archive.number}/delete/", {"category": "dead", "reason_text": "x"})
    assert case.number in answer.content.decode() and not Deletion.objects.exists()


def test_a_case_that_ended_seals_the_archive_for_five_years(archive, outlet, teller, manager, head, service, president, now):  # fmt: skip
    from archives.retention.services import confirm_purge

    case = case_at("contacted", respondent=outlet, actor=teller, officer=service, investigator=president, contact=head, customer=archive, now=now)  # fmt: skip
    withdraw(case=case, actor=service, now=now, means="phone", said_on=local_day(now), note="不再投诉")
    until = add_months(local_day(now), 60)
    assert LegalRetention.objects.get(customer=archive, source=case.number).until == until
    deletion = delete(customer=archive, proposer=teller, approver=manager, now=now)
    done = confirm_purge(deletion=deletion, actor=head, typed_number=archive.number, now=due(deletion))
    assert isinstance(done, Deletion) and (done.state, done.sealed_until) == ("sealed", until)


def test_the_case_of_somebody_else_keeps_its_words(archive, outlet, teller, manager, head, now):
    from archives.retention.services import confirm_purge

    other = make_case(respondent=outlet, actor=teller, customer=make_personal(branch=outlet), now=now)
    deletion = delete(customer=archive, proposer=teller, approver=manager, now=now)
    confirm_purge(deletion=deletion, actor=head, typed_number=archive.number, now=due(deletion))
    other.refresh_from_db()
    assert other.facts and other.parties.get().name and other.customer_id
