import pytest
from django.db import DatabaseError, IntegrityError, transaction

from archives.changes import deciding
from archives.changes.models import ChangeRequest, Kind
from archives.changes.proposing import items_of
from archives.changes.services import decide_change, decide_many, resubmit_change, withdraw_change
from archives.models import Customer
from crm.lib.refusals import Moved, NotYours, Refused, TooLate
from crm.notifications.models import Notice
from crm.staff.models import User


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_an_approval_changes_archive_history_record_and_tells(ask, decide, archive, teller, manager):
    request = decide(ask())
    customer = fresh(archive)
    assert (customer.employer, customer.version) == ("临江市第二纺织机械有限公司", archive.version + 1)
    history = customer.history.first()
    assert history.employer == customer.employer
    assert (history.history_user, request.number in history.history_change_reason) == (manager, True)
    row = customer.modifications.get()
    assert (row.field, row.old, row.new) == ("employer", "临江市第二纺织厂", "临江市第二纺织机械有限公司")
    assert (row.actor, row.approver, row.request, row.customer_version) == (teller, manager, request, customer.version)
    assert request.events.last().to_status == "approved"
    assert Notice.objects.get(recipient=teller, kind="change-approved")


def test_some_fields_are_approved_and_others_rejected(ask, archive, manager, now):
    request = ask({"employer": "新东家", "job_title": "技术员"})
    first, second = items_of(request)
    done = decide_change(
        request=request, actor=manager, now=now, decisions={first.pk: ("accept", ""), second.pk: ("reject", "无证明")}
    )
    assert done.status == "partly"
    customer = fresh(archive)
    assert (customer.employer, customer.job_title) == ("新东家", "")
    assert [(i.decision, i.comment) for i in items_of(done)] == [("accepted", ""), ("rejected", "无证明")]
    assert customer.modifications.count() == 1


def test_every_field_is_decided(ask, manager, now):
    request = ask({"employer": "新东家", "job_title": "技术员"})
    with pytest.raises(Refused):
        decide_change(request=request, actor=manager, now=now, decisions={items_of(request)[0].pk: ("accept", "")})


def test_a_rejection_needs_a_reason(ask, decide):
    request = ask()
    with pytest.raises(Refused):
        decide(request, "reject")
    assert decide(request, "reject", why="材料不全").status == "rejected"


def test_the_second_approver_reads_who_decided(ask, decide, head, archive):
    request = ask()
    decide(fresh(request))
    with pytest.raises(TooLate) as late:
        decide(request, actor=head)
    assert "周雅" in late.value.message
    assert fresh(archive).version == archive.version + 1


@pytest.mark.parametrize("who", ["teller", "colleague", "lobby", "stranger", "auditor", "admin", "service"])
def test_others_decide_nothing(ask, decide, cast, who):
    with pytest.raises(NotYours):
        decide(ask(), actor=cast[who])


def test_a_manager_does_not_decide_their_own(ask, decide, manager, head):
    request = ask(proposer=manager)
    assert (request.assignee, request.route) == (head, "head")
    with pytest.raises(NotYours):
        decide(request)
    assert decide(request, actor=head).status == "approved"


def test_a_proposer_who_becomes_the_manager_does_not_decide(ask, decide, archive, teller):
    from crm.staff.models import RoleGrant

    request = ask()
    RoleGrant.objects.create(user=teller, role="manager")
    Customer.objects.filter(pk=archive.pk).update(manager=teller)
    with pytest.raises(NotYours):
        decide(request, actor=teller)


def test_the_database_refuses_a_self_approval_written_by_hand(ask, teller, now):
    request = ask()
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeRequest.objects.filter(pk=request.pk).update(status="approved", decided_by=teller, decided_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChangeRequest.objects.filter(pk=request.pk).update(status="approved")


@pytest.mark.parametrize("loss", ["role", "branch", "disabled"])
def test_an_approver_who_lost_the_right_meanwhile_is_refused(ask, decide, manager, bank, loss):
    request = ask()
    manager.permissions  # noqa: B018  (what the page read before)
    if loss == "role":
        manager.role_grants.all().delete()
    else:
        change = {"branch": bank["0201"]} if loss == "branch" else {"is_active": False}
        User.objects.filter(pk=manager.pk).update(**change)
    with pytest.raises(NotYours):
        decide(request, actor=manager)
    assert fresh(request).status == "pending"


def test_a_moved_value_is_not_accepted_without_a_look(ask, decide, archive, correct):
    request = ask()
    live = correct(archive, employer="第三家")
    with pytest.raises(Moved):
        decide(request)
    seen_before = {items_of(request)[0].pk: live.version - 1}
    with pytest.raises(Moved):
        decide(request, confirmed=seen_before)
    assert fresh(archive).employer == "第三家"
    done = decide(request, confirmed={items_of(request)[0].pk: live.version})
    assert (done.status, fresh(archive).employer) == ("approved", "临江市第二纺织机械有限公司")
    assert fresh(archive).modifications.get().old == "第三家"
    assert items_of(done)[0].found == "第三家"


def test_the_present_value_may_be_kept(ask, decide, archive, correct):
    request = ask()
    correct(archive, employer="第三家")
    assert decide(request, "keep").status == "rejected"
    assert fresh(archive).employer == "第三家"


def test_keep_is_no_way_to_reject_without_a_reason(ask, decide):
    with pytest.raises(Refused):
        decide(ask(), "keep")


def test_two_requests_on_one_field_meet_at_the_second_decision(ask, decide, lobby, archive):
    first, second = ask(), ask({"employer": "第三家"}, proposer=lobby)
    decide(first)
    with pytest.raises(Moved):
        decide(second)


def test_disjoint_requests_do_not_hinder_each_other(ask, decide, lobby, archive):
    first, second = ask(), ask({"job_title": "技术员"}, proposer=lobby)
    assert (decide(first).status, decide(second).status) == ("approved", "approved")
    customer = fresh(archive)
    assert (customer.employer, customer.job_title) == ("临江市第二纺织机械有限公司", "技术员")
    assert customer.history.first().employer == "临江市第二纺织机械有限公司"


def test_a_revised_request_voids_the_approval_on_its_way(ask, decide, archive, teller, now):
    """A8: the approver's page shows round 1, the proposer meanwhile sends round 2."""
    seen = ask()
    resubmit_change(
        request=fresh(seen),
        actor=teller,
        items={"employer": "第三家"},
        reason_code="wrong",
        reason_text="写错了",
        now=now,
    )
    with pytest.raises(Refused):
        decide(seen)
    assert (fresh(seen).status, fresh(archive).employer) == ("pending", "临江市第二纺织厂")


def test_a_rejected_request_comes_again_with_its_evidence(ask, decide, pdf, teller, now, archive):
    request = decide(ask({"name": "李明远"}, evidence=[pdf()]), "reject", why="看不清")
    again = resubmit_change(
        request=request, actor=teller, items={"name": "李明元"}, reason_code="wrong", reason_text="重新扫描", now=now
    )
    assert (again.number, again.round, again.status) == (request.number, 2, "pending")
    assert again.evidence.count() == 1 and [i.new for i in items_of(again)] == ["李明元"]
    assert again.items.count() == 2 and again.decided_by is None
    assert decide(again).status == "approved"
    assert fresh(archive).name == "李明元"


def test_only_the_proposer_withdraws_and_only_once(ask, teller, lobby, now):
    request = ask()
    with pytest.raises(NotYours):
        withdraw_change(request=request, actor=lobby, now=now)
    assert withdraw_change(request=request, actor=teller, now=now).status == "withdrawn"
    with pytest.raises(TooLate):
        withdraw_change(request=request, actor=teller, now=now)


@pytest.mark.parametrize("status", ["approved", "partly", "rejected", "withdrawn", "superseded"])
def test_nothing_is_decided_or_taken_back_after_the_end(ask, decide, manager, teller, now, status):
    request = ask()
    ChangeRequest.objects.filter(pk=request.pk).update(status=status, decided_by=manager, decided_at=now)
    ended = fresh(request)
    for attempt in (
        lambda: decide(ended),
        lambda: decide(ended, "reject", why="不行"),
        lambda: withdraw_change(request=ended, actor=teller, now=now),
    ):
        with pytest.raises(TooLate):
            attempt()
    assert fresh(request).status == status


@pytest.mark.parametrize("status", ["approved", "withdrawn", "superseded"])
def test_what_ended_for_good_is_not_sent_again(ask, teller, manager, now, status):
    request = ask()
    ChangeRequest.objects.filter(pk=request.pk).update(status=status, decided_by=manager, decided_at=now)
    with pytest.raises(TooLate):
        resubmit_change(
            request=fresh(request),
            actor=teller,
            items={"employer": "三"},
            reason_code="wrong",
            reason_text="再来",
            now=now,
        )


def test_nothing_remains_when_the_end_of_the_transaction_fails(ask, decide, archive, teller, monkeypatch):
    request = ask()
    before = Notice.objects.count()

    def fail(**kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(deciding, "tell_proposer", fail)
    with pytest.raises(RuntimeError):
        decide(request)
    customer = fresh(archive)
    assert (fresh(request).status, customer.version, customer.history.count()) == ("pending", archive.version, 1)
    assert customer.modifications.count() == 0 and Notice.objects.count() == before
    assert request.events.count() == 1 and items_of(request)[0].decision == "open"


def make_ten(ask, outlet, manager, now):
    from archives.customers.services import open_archive

    people = [
        open_archive(values={"name": f"王{n}号"}, kind="P", branch=outlet, manager=manager, actor=manager, now=now)
        for n in "一二三四五六七八九十"
    ]
    return [ask({"education": "20"}, customer=c, kind=Kind.SUPPLEMENT) for c in people]


def test_many_are_decided_with_a_result_each(ask, outlet, manager, now, correct):
    requests = make_ten(ask, outlet, manager, now)
    correct(requests[3].customer, education="10")
    outcomes = decide_many(requests=requests, actor=manager, accept=True, now=now)
    assert [o.done for o in outcomes] == [n != 3 for n in range(10)]
    assert outcomes[3].message and fresh(requests[3]).status == "pending"


@pytest.mark.parametrize("k", [0, 4, 9])
def test_one_broken_by_the_database_leaves_the_others_whole(ask, outlet, manager, now, monkeypatch, k):
    requests = make_ten(ask, outlet, manager, now)
    real = deciding.save_archive

    def fail(*, customer, **options):
        saved = real(customer=customer, **options)
        if customer.pk == requests[k].customer_id:
            raise DatabaseError("injected")
        return saved

    monkeypatch.setattr(deciding, "save_archive", fail)
    outcomes = decide_many(requests=requests, actor=manager, accept=True, now=now)
    assert [o.done for o in outcomes] == [n != k for n in range(10)]
    broken = fresh(requests[k])
    assert (broken.status, broken.customer.education, items_of(broken)[0].decision) == ("pending", "", "open")
    assert broken.events.count() == 1


def test_key_fields_without_evidence_are_not_waved_through(ask, manager, now, decide):
    request = ask({"birth_date": "1980-02-03"}, kind=Kind.SUPPLEMENT)
    assert not decide_many(requests=[request], actor=manager, accept=True, now=now)[0].done
    assert decide(request).status == "approved"


def test_a_document_that_another_archive_has_by_now_is_refused(ask, decide, outlet, manager, now, pdf, archive):
    from archives.customers.services import open_archive

    request = ask({"id_kind": "resident_id", "id_number": "11010519491231002X", "sex": "2"}, evidence=[pdf()])
    open_archive(
        values={"name": "王秀兰", "id_kind": "resident_id", "id_number": "11010519491231002X"},
        kind="P", branch=outlet, manager=manager, actor=manager, now=now,
    )  # fmt: skip
    with pytest.raises(Refused):
        decide(request)
    assert (fresh(request).status, fresh(archive).id_number) == ("pending", "")
