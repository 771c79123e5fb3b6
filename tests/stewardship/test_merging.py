"""Merging two archives of one customer: what moves, which values stay, what is refused, nothing half done."""

import pytest

from archives.changes.services import decide_change, decide_matter, withdraw_change
from archives.customers.services import add_row, lock_customer, save_archive
from archives.models import Account, ChangeRequest, Customer, Deletion, Hold, Merge, Relation
from archives.retention.services import propose_deletion
from archives.stewardship import merging
from archives.stewardship.merge_undo import undo_merge
from crm.lib.refusals import Moved, NotYours, Refused
from crm.notifications.models import Notice
from tests.archives import make_corporate, make_personal
from tests.stewardship.merge_world import ask, compare, edit, fresh, inventory, make_pair, total

# What a merge does


def test_everything_hangs_on_the_one_that_remains(full, merge):
    survivor, loser, _third, request = full
    before = total()
    done = merge(survivor, loser)
    assert Account.objects.filter(customer=survivor).count() == 3
    assert survivor.contactpoint_rows.count() == survivor.address_rows.count() == survivor.preference_rows.count() == 1
    assert survivor.holds.get().source == "TS1"
    assert survivor.intelligence_links.count() == survivor.dead_signs.count() == survivor.legal_retentions.count() == 1
    assert fresh(request).customer == survivor and fresh(request).is_open
    assert total() == before > 0
    assert survivor.figures.balance_cents == 600_000 or fresh(survivor).figures.balance_cents == 600_000
    assert set(done.moved["left"]) == {
        "archives.accountholder.customer", "archives.intelligencecustomer.customer", "archives.relation.customer"
    }  # fmt: skip


def test_the_merged_one_is_nowhere_any_more(full, merge):
    survivor, loser, _third, _request = full
    done = merge(survivor, loser)
    assert fresh(loser).life == "bin" and not Customer.objects.filter(pk=loser.pk).exists()
    assert Customer.objects.filter(name="李明亮").get() == survivor
    deletion = Deletion.objects.get(customer=loser)
    assert (deletion.category, done.deletion, done.undo_until) == ("merged", deletion, deletion.keep_until)


def test_a_relation_between_the_two_disappears_and_doubles_collapse(full, merge):
    survivor, loser, third, _request = full
    merge(survivor, loser)
    live = Relation.objects.filter(is_removed=False, customer__life="active", other__life="active")
    assert sorted(live.values_list("customer", "other", "role")) == sorted(
        [(third.pk, survivor.pk, "spouse"), (survivor.pk, third.pk, "partner")]
    )


def test_what_is_not_blank_wins_and_the_rest_stays(pair, merge, colleague):
    survivor, loser = pair
    mobile, number = survivor.mobile, survivor.id_number
    done = merge(survivor, loser)
    survivor = fresh(survivor)
    assert (survivor.employer, survivor.address) == ("临江市第二纺织厂", "临江市城东区人民路2号1幢")
    assert (survivor.mobile, survivor.id_number) == (mobile, number)
    assert survivor.manager != colleague
    assert {line.field for line in survivor.modifications.filter(request=done.request)} == {"employer", "address"}
    assert survivor.history.first().history_change_reason.startswith(done.request.number)
    assert done.survivor_version == survivor.version


def test_a_chosen_value_wins(pair, merge):
    survivor, loser = pair
    merge(survivor, loser, {"mobile": "loser", "employer": "survivor"})
    assert (fresh(survivor).mobile, fresh(survivor).employer) == ("13812344021", "")


def test_a_document_goes_over_to_the_one_that_has_none(pair, merge):
    survivor, loser = pair
    number = survivor.id_number
    merge(loser, survivor)  # the one without a document remains
    assert fresh(loser).id_number == number and fresh(loser).id_kind == "resident_id"
    assert fresh(survivor).id_number == ""


def test_a_credit_code_goes_over(outlet, manager, merge, now):
    plain = make_corporate(branch=outlet, manager=manager, now=now, uscc="", id_kind="", id_valid_until="")
    coded = make_corporate(branch=outlet, manager=manager, now=now)
    done = merge(plain, coded)
    assert fresh(plain).uscc == coded.uscc and fresh(coded).uscc is None
    undo_merge(merge=done, actor=manager, reason="错了", now=now)
    assert fresh(coded).uscc == coded.uscc and fresh(plain).uscc is None


def test_people_of_a_company_count_for_completeness_at_once(outlet, manager, teller, merge, now):
    ours = make_corporate(branch=outlet, manager=manager, now=now)
    theirs = make_corporate(branch=outlet, manager=manager, now=now)
    add_row(customer=theirs, part="relatedperson", values={"role": "agent", "name": "张三"}, actor=teller, reason="x")
    merge(ours, theirs)
    assert "person:agent" not in fresh(ours).missing_keys


def test_both_managers_hear_of_it(pair, propose, manager, colleague, head, now):
    request = propose(*pair)
    ChangeRequest.objects.filter(pk=request.pk).update(escalated_to=head)
    decide_matter(request=fresh(request), actor=head, accept=True, now=now)
    told = Notice.objects.filter(kind="archives-merged").values_list("recipient", flat=True)
    assert set(told) == {manager.pk, colleague.pk}


# Requests


def test_an_open_request_of_somebody_who_has_one_there_is_superseded(pair, merge, teller, now):
    survivor, loser = pair
    there, here = ask(survivor, teller, now, job_title="处长"), ask(loser, teller, now, job_title="科长")
    merge(survivor, loser)
    assert fresh(there).is_open and fresh(here).status == "superseded"
    assert Notice.objects.filter(kind="change-superseded", recipient=teller).exists()


def test_a_request_that_came_along_is_decided_there(full, merge, manager, now):
    survivor, loser, _third, request = full
    merge(survivor, loser)
    request = fresh(request)
    item = request.items.get()
    decide_change(request=request, actor=manager, decisions={item.pk: ("accept", "")}, now=now)
    assert fresh(survivor).job_title == "科长"


def test_a_page_opened_before_the_merge_decides_nothing(full, merge, manager, colleague, now):
    survivor, loser, _third, request = full
    item = request.items.get()
    merge(survivor, loser)
    with pytest.raises(Refused):
        decide_change(request=request, actor=colleague, decisions={item.pk: ("accept", "")}, now=now)


# What is refused


def test_itself_another_kind_or_a_stranger_cannot_be_merged(pair, outlet, bank, manager, propose, now):
    survivor, _loser = pair
    with pytest.raises(Refused):
        propose(survivor, survivor)
    with pytest.raises(Refused):
        propose(survivor, make_corporate(branch=outlet, manager=manager, now=now))
    with pytest.raises(NotYours):
        propose(survivor, make_personal(branch=bank["0201"], now=now))
    assert not ChangeRequest.objects.exists()


@pytest.mark.parametrize("turned", [False, True])
def test_one_matter_at_a_time_on_either(pair, third, propose, teller, colleague, now, turned):
    survivor, loser = pair
    propose(survivor, loser)
    for one, other in ((survivor, loser), (loser, survivor), (third, loser), (loser, third), (third, survivor)):
        with pytest.raises(Refused):
            propose(*((other, one) if turned else (one, other)), proposer=colleague)


def test_a_deletion_stands_in_the_way(pair, propose, teller, now):
    survivor, loser = pair
    propose_deletion(customer=loser, proposer=teller, category="duplicate", reason_text="重复", now=now)
    with pytest.raises(Refused):
        propose(survivor, loser)


def test_an_inquiry_freezes_a_complaint_does_not(pair, propose, now):
    survivor, loser = pair
    hold = Hold.objects.create(customer=loser, kind=Hold.Kind.REGULATOR, source="x", placed_at=now)
    with pytest.raises(Refused):
        propose(survivor, loser)
    Hold.objects.filter(pk=hold.pk).update(kind=Hold.Kind.COMPLAINT)
    assert propose(survivor, loser).is_open


@pytest.mark.parametrize("choices", [{"branch": "loser"}, {"mobile": "both"}, {"nothing": "loser"}, {"uscc": "loser"}])
def test_only_fields_of_the_catalogue_are_chosen(pair, propose, choices):
    with pytest.raises(Refused):
        propose(*pair, choices)


def test_half_a_document_is_refused(outlet, manager, propose, now):
    ours, theirs = make_personal(branch=outlet, manager=manager), make_personal(branch=outlet, manager=manager, id_valid_until="2041-01-01")  # fmt: skip
    with pytest.raises(Refused) as refusal:
        propose(ours, theirs, {"id_number": "loser", "birth_date": "loser", "id_valid_until": "survivor"})
    assert "id_valid_until" in refusal.value.fields


def test_values_that_do_not_fit_are_refused(outlet, manager, propose):
    ours = make_personal(branch=outlet, manager=manager)
    theirs = make_personal(branch=outlet, manager=manager, id_number="", id_kind="", birth_date="1979-01-01")
    with pytest.raises(Refused):
        propose(ours, theirs, {"birth_date": "loser"})


def test_a_value_that_changed_after_the_choice_stops_the_approval(pair, propose, manager, now):
    survivor, loser = pair
    request = propose(survivor, loser)
    edit(survivor, manager, now, mobile="13912344021")
    with pytest.raises(Moved):
        decide_matter(request=request, actor=manager, accept=True, now=now)
    assert fresh(loser).life == "active" and fresh(request).is_open
    with pytest.raises(Moved):
        propose(survivor, loser, proposer=manager)  # the instance is as old as the page it came from


def test_a_change_of_what_nobody_chooses_does_not_stop_it(pair, propose, manager, now):
    survivor, loser = pair
    request = propose(survivor, loser)
    save_archive(customer=lock_customer(survivor.pk), actor=manager, reason="x", now=now)
    assert decide_matter(request=request, actor=manager, accept=True, now=now).status == "approved"


def test_nobody_decides_over_a_branch_they_do_not_see(bank, cast, propose, now):
    survivor, loser = make_pair(
        branch=bank["0101"], manager=cast["manager"], loser_branch=bank["0102"], loser_manager=None, now=now
    )
    request = propose(survivor, loser, proposer=cast["headoffice"])
    assert request.escalated_to == cast["president"]
    with pytest.raises(NotYours):
        decide_matter(request=request, actor=cast["manager"], accept=True, now=now)
    assert fresh(loser).life == "active"
    decide_matter(request=fresh(request), actor=cast["president"], accept=True, now=now)
    assert fresh(loser).life == "bin"


def test_the_same_form_twice_is_one_request(pair, propose):
    assert propose(*pair, token="one") == propose(*pair, token="one")
    assert ChangeRequest.objects.count() == 1


def test_withdrawn_it_leaves_everything(pair, propose, teller, now):
    request = propose(*pair)
    before = inventory()
    withdraw_change(request=request, actor=teller, now=now)
    before["changerequest"][request.pk]["status"] = "withdrawn"
    assert compare(before, inventory()) == []


# Half done is not done

STAGES = [
    "_take_off", "move_rows", "move_requests", "write_values", "write_modifications", "bin_customer", "count_anew", "tell_managers"
]  # fmt: skip


class Killed(Exception):
    pass


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("stage", STAGES)
def test_a_failure_at_any_stage_leaves_nothing_half_done(full, propose, manager, now, monkeypatch, stage, after):
    survivor, loser, _third, _request = full
    request = propose(survivor, loser)
    before, notices = inventory(), Notice.objects.count()
    real = getattr(merging, stage)

    def killed(*args, **options):
        if after:
            real(*args, **options)
        raise Killed

    monkeypatch.setattr(merging, stage, killed)
    with pytest.raises(Killed):
        decide_matter(request=request, actor=manager, accept=True, now=now)
    assert compare(before, inventory()) == [] and not Merge.objects.exists()
    assert fresh(request).is_open and Notice.objects.count() == notices
    monkeypatch.undo()
    assert decide_matter(request=fresh(request), actor=manager, accept=True, now=now).status == "approved"
