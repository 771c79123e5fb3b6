"""Deletion: proposed with what hangs on it, hidden at the approval, restored with everything."""

import re
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from archives.changes.deciding import decide_change
from archives.changes.effects import effect_of
from archives.changes.matters import decide_matter
from archives.changes.models import DELETE_REASONS, ChangeRequest
from archives.changes.proposing import items_of
from archives.changes.services import propose_change
from archives.customers.models import Customer
from archives.models import Deletion, Hold, Intelligence
from archives.retention.services import (
    bin_customer,
    blockers,
    hangs_on,
    place_hold,
    propose_deletion,
    release_hold,
    restore,
)
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from tests.archives import make_account, make_corporate, make_personal
from tests.retention.deletions import delete

pytestmark = pytest.mark.django_db


def propose(customer, proposer, now, **options):
    options = {"category": "dead", "reason_text": "多次联系不上"} | options
    return propose_deletion(customer=customer, proposer=proposer, now=now, **options)


@pytest.fixture
def item(outlet, teller, now):
    return Intelligence.objects.create(
        number="QB20261124-001", kind="trend", title="纺织业回暖", text="订单增加", source="行业协会", source_date=now.date(),
        valid_until=now.date(), branch=outlet, created_by=teller, created_at=now,
    )  # fmt: skip


@pytest.fixture
def edit(archive, lobby, now):
    return propose_change(
        customer=archive, proposer=lobby, kind="edit", items={"employer": "临江纺织厂"}, reason_code="changed",
        reason_text="更正", base_version=archive.version, now=now,
    )  # fmt: skip


# --- proposing -------------------------------------------------------------------------------------------------------


def test_a_proposal_changes_nothing_yet(archive, teller, now):
    request = propose(archive, teller, now)
    assert (request.kind, request.status, request.reason_code) == ("delete", "pending", "dead")
    assert Customer.objects.get(pk=archive.pk).life == "active"


@pytest.mark.parametrize("category", DELETE_REASONS)
def test_every_category_can_be_proposed(archive, teller, now, category):
    assert propose(archive, teller, now, category=category).reason_code == category


@pytest.mark.parametrize(
    "options", [{"category": "changed"}, {"category": ""}, {"reason_text": "  "}, {"reason_text": "无"}]
)
def test_a_proposal_without_category_or_reason_is_refused(archive, teller, now, options):
    with pytest.raises(Refused):
        propose(archive, teller, now, **options)
    assert not ChangeRequest.objects.exists()


def test_a_stranger_cannot_propose(archive, stranger, now):
    with pytest.raises(NotYours):
        propose(archive, stranger, now)


def test_a_second_proposal_is_told_of_the_first(archive, teller, lobby, now):
    first = propose(archive, teller, now)
    with pytest.raises(Refused, match=first.number):
        propose(archive, lobby, now)


def test_the_same_form_twice_is_one_request(archive, teller, now):
    assert propose(archive, teller, now, token="a") == propose(archive, teller, now, token="a")


# --- what hangs on it ------------------------------------------------------------------------------------------------


def test_an_open_account_stands_in_the_way(archive, teller, now):
    make_account(customer=archive, postings=[(date(2026, 1, 5), 1_234_500)])
    hanging = hangs_on(archive, now=now)[0]
    assert hanging.blocks and hanging.count == 1 and "1.23" in hanging.text
    with pytest.raises(Refused, match=re.escape(hanging.text)):
        propose(archive, teller, now)


def test_the_account_of_another_stands_in_the_way(archive, outlet, teller, now):
    make_account(customer=make_personal(branch=outlet)).holders.create(customer=archive, role="user")
    assert len(blockers(archive, now)) == 1


def test_a_closed_account_does_not(archive, teller, now):
    make_account(customer=archive, status="closed", closed_on=date(2026, 1, 5))
    assert blockers(archive, now) == [] and [one.count for one in hangs_on(archive, now=now)] == [1]
    assert propose(archive, teller, now).is_open


@pytest.mark.parametrize("kind", Hold.Kind.values)
def test_an_open_hold_stands_in_the_way_until_it_is_released(archive, headoffice, teller, now, kind):
    place_hold(customer=archive, kind=kind, source="TS-1", reason="原因", actor=headoffice, now=now)
    with pytest.raises(Refused, match="TS-1"):
        propose(archive, teller, now)
    assert release_hold(customer=archive, kind=kind, source="TS-1", actor=headoffice, now=now) == 1
    assert propose(archive, teller, now).is_open


def test_a_hold_ends_with_its_day(archive, headoffice, now, today):
    place_hold(customer=archive, kind="audit", source="内审", until=today, actor=headoffice, now=now)
    assert blockers(archive, now) and not blockers(archive, now + timedelta(days=1))


def test_the_same_hold_twice_is_one(archive, now):
    for _time in range(2):
        place_hold(customer=archive, kind="complaint", source="TS-1", actor=None, now=now)
    assert Hold.objects.count() == 1


def test_only_head_office_and_audit_place_inquiries(archive, head, auditor, now):
    with pytest.raises(NotYours):
        place_hold(customer=archive, kind="regulator", source="法院", actor=head, now=now)
    assert place_hold(customer=archive, kind="regulator", source="法院", actor=auditor, now=now).placed_by == auditor


def test_an_open_edit_does_not_stand_in_the_way_and_ends_at_the_approval(archive, edit, teller, lobby, manager, now):
    request = propose(archive, teller, now)
    assert edit.is_open
    decide_matter(request=request, actor=manager, accept=True, now=now)
    edit.refresh_from_db()
    assert edit.status == "superseded" and edit.events.last().reason == request.number
    notice = Notice.objects.get(kind="change-superseded")
    assert notice.recipient == lobby and edit.number in notice.text and archive.number in notice.text


def test_what_stands_in_the_way_by_now_refuses_the_approval(archive, edit, teller, manager, now):
    request = propose(archive, teller, now)
    place_hold(customer=archive, kind="complaint", source="TS-9", actor=None, now=now)
    with pytest.raises(Refused, match="TS-9"):
        decide_matter(request=request, actor=manager, accept=True, now=now)
    edit.refresh_from_db()
    assert edit.is_open and Customer.objects.filter(pk=archive.pk).exists() and not Deletion.objects.exists()


def test_an_edit_of_a_binned_archive_is_refused(archive, edit, binned, manager, now):
    with pytest.raises(TooLate):
        decide_change(
            request=edit, actor=manager, decisions={item.pk: ("accept", "") for item in items_of(edit)}, now=now
        )
    edit.refresh_from_db()
    with pytest.raises(Refused):
        decide_change(
            request=edit, actor=manager, decisions={item.pk: ("accept", "") for item in items_of(edit)}, now=now
        )


def test_the_approver_sees_what_hangs_on_it(archive, edit, teller, manager, now):
    make_account(customer=archive, status="closed", closed_on=date(2026, 1, 5))
    request = propose(archive, teller, now)
    facts = effect_of("delete").facts(request, manager)
    assert len(facts) == 4 and all(label and text for label, text in facts)
    assert archive.number in effect_of("delete").summary(request)
    assert archive.name not in str(facts) + effect_of("delete").summary(request)


# --- the approval ----------------------------------------------------------------------------------------------------


def test_an_approved_archive_is_hidden_at_once_and_kept(archive, binned, today):
    assert not Customer.objects.filter(pk=archive.pk).exists()
    hidden = Customer.everyone.get(pk=archive.pk)
    assert (hidden.life, hidden.version) == ("bin", archive.version + 1)
    assert hidden.history.first().history_change_reason.startswith(binned.request.number)
    assert binned.state == Deletion.State.KEPT
    assert (binned.keep_until - today).days >= 30


def test_a_rejected_deletion_leaves_the_archive(archive, teller, manager, now):
    request = propose(archive, teller, now)
    decide_matter(request=request, actor=manager, accept=False, comment="还在联系", now=now)
    assert Customer.objects.filter(pk=archive.pk).exists() and not Deletion.objects.exists()


def test_nobody_approves_their_own_deletion(archive, manager, head, now):
    request = propose(archive, manager, now)
    with pytest.raises(NotYours):
        decide_matter(request=request, actor=manager, accept=True, now=now)
    assert decide_matter(request=request, actor=head, accept=True, now=now).decided_by == head


def test_the_database_refuses_a_deletion_by_one_person(binned):
    with pytest.raises(IntegrityError), transaction.atomic():
        Deletion.objects.filter(pk=binned.pk).update(approver=binned.proposer)


def test_an_approval_that_fails_hides_nothing(archive, edit, teller, manager, now, monkeypatch):
    from archives.retention import deleting

    request = propose(archive, teller, now)
    monkeypatch.setattr(deleting, "_end_others", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        decide_matter(request=request, actor=manager, accept=True, now=now)
    request.refresh_from_db()
    assert request.is_open and Customer.objects.filter(pk=archive.pk).exists() and not Deletion.objects.exists()


def test_an_archive_is_not_deleted_twice(archive, binned, manager, teller, now):
    with pytest.raises(Refused), transaction.atomic():
        bin_customer(
            customer=archive, request=binned.request, category="merged", approver=manager, proposer=teller, now=now
        )
    assert Deletion.objects.count() == 1


# --- restoring -------------------------------------------------------------------------------------------------------


def test_a_restored_archive_is_back_with_all_its_relations(archive, outlet, teller, manager, now, later):
    other = make_personal(branch=outlet, manager=manager)
    archive.relation_rows.create(other=other, role="spouse")
    other.relation_rows.create(other=archive, role="spouse")
    archive.contactpoint_rows.create(kind="mobile", value="15512340000")
    make_account(customer=archive, status="closed", closed_on=date(2026, 1, 5), postings=[(date(2026, 1, 1), 5)])
    before = snapshot(archive)
    deletion = delete(customer=archive, proposer=teller, approver=manager, now=now)
    back = restore(deletion=deletion, actor=manager, reason="客户又来了", now=later(3))
    assert (back.state, back.restored_by, back.restore_reason) == ("restored", manager, "客户又来了")
    assert snapshot(archive) == before
    reason = Customer.objects.get(pk=archive.pk).history.first().history_change_reason
    assert "客户又来了" in reason and deletion.request.number in reason


def snapshot(customer) -> list:
    row = Customer.objects.values().get(pk=customer.pk)
    row.pop("version")
    for field in Customer._meta.related_objects:
        model, name = field.related_model, field.field.name
        if not model.__name__.startswith("Historical") and model.__name__ not in ("ChangeRequest", "Deletion"):
            row[model.__name__ + name] = list(model._base_manager.filter(**{name: customer.pk}).values())
    return [row]


def test_it_can_be_deleted_again(archive, binned, teller, manager, now):
    restore(deletion=binned, actor=manager, reason="客户又来了", now=now)
    delete(customer=archive, proposer=teller, approver=manager, now=now)
    assert Deletion.objects.filter(customer=archive).count() == 2


def test_a_restoring_needs_its_reason(binned, manager, now):
    for reason in ("", " ", "长" * 301):
        with pytest.raises(Refused):
            restore(deletion=binned, actor=manager, reason=reason, now=now)
    assert Deletion.objects.get().state == "kept"


@pytest.mark.parametrize("who", ["teller", "stranger", "service", "auditor", "admin"])
def test_others_cannot_restore(binned, cast, now, who):
    with pytest.raises(NotYours):
        restore(deletion=binned, actor=cast[who], reason="想要", now=now)


def test_whoever_comes_second_is_told_who_was_first(binned, manager, head, now):
    stale = Deletion.objects.get(pk=binned.pk)
    restore(deletion=binned, actor=manager, reason="客户又来了", now=now)
    with pytest.raises(TooLate, match=manager.name):
        restore(deletion=stale, actor=head, reason="客户又来了", now=now)
    with pytest.raises(TooLate, match=manager.name):
        restore(deletion=Deletion.objects.get(pk=binned.pk), actor=head, reason="客户又来了", now=now)


def test_what_a_merge_took_away_comes_back_only_by_undoing_it(archive, teller, manager, now):
    request = propose(archive, teller, now)
    gone = bin_customer(
        customer=archive, request=request, category=Deletion.MERGED, approver=manager, proposer=teller, now=now
    )
    with pytest.raises(Refused):
        restore(deletion=gone, actor=manager, reason="想要", now=now)
    assert restore(deletion=gone, actor=manager, reason="想要", now=now, undoing_merge=True).state == "restored"


@pytest.mark.parametrize("where", ["main", "further"])
def test_a_newer_archive_of_the_same_document_refuses_the_restoring(archive, outlet, binned, manager, later, where):
    twin = make_personal(branch=outlet, now=later(1))
    if where == "main":  # under another kind of document: the constraint on both lets it pass
        twin.id_kind, twin.id_number = "household", archive.id_number
        twin.save()
    else:
        twin.identitydocument_rows.create(kind="passport", number=archive.id_number)
    with pytest.raises(Refused, match=twin.number):
        restore(deletion=binned, actor=manager, reason="客户又来了", now=later(2))
    assert Deletion.objects.get().state == "kept" and Customer.everyone.get(pk=archive.pk).life == "bin"


def test_an_older_duplicate_does_not_refuse_it(archive, outlet, teller, manager, now, later):
    twin = make_personal(branch=outlet, now=now)
    twin.identitydocument_rows.create(kind="passport", number=archive.id_number)
    deletion = delete(customer=archive, proposer=teller, approver=manager, now=later(1), category="duplicate")
    assert restore(deletion=deletion, actor=manager, reason="不是重复", now=later(2)).state == "restored"


def test_the_credit_code_of_a_binned_company_is_not_given_twice(outlet, teller, manager, now):
    company = make_corporate(branch=outlet, manager=manager)
    deletion = delete(customer=company, proposer=teller, approver=manager, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_corporate(branch=outlet, uscc=company.uscc)
    assert restore(deletion=deletion, actor=manager, reason="又来了", now=now).state == "restored"


# --- intelligence ----------------------------------------------------------------------------------------------------


def test_an_item_has_the_same_life(item, teller, head, now, later):
    deletion = delete(item=item, proposer=teller, approver=head, now=now, category="outdated")
    assert not Intelligence.objects.exists() and Intelligence.everyone.get().life == "bin"
    assert (deletion.number, deletion.customer, deletion.item) == (item.number, None, item)
    restore(deletion=deletion, actor=head, reason="还有用", now=later(1))
    back = Intelligence.objects.get()
    assert back.version == 3 and "还有用" in back.history.first().history_change_reason


def test_an_item_in_the_bin_is_not_proposed_again(item, teller, head, now):
    delete(item=item, proposer=teller, approver=head, now=now, category="outdated")
    with pytest.raises(Refused):
        propose_deletion(item=item, proposer=teller, category="outdated", reason_text="过时了", now=now)
