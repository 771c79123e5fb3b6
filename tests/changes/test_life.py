"""A request's life as a state machine: whatever happens in whatever order, the rules of the house hold."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from archives.changes import rules
from archives.changes.models import ChangeRequest
from archives.changes.proposing import items_of
from archives.changes.services import decide_change, propose_change, resubmit_change, withdraw_change
from archives.customers.services import lock_customer, save_archive
from archives.models import Customer
from crm.lib.refusals import Refused

VALUES = ["甲工厂", "乙工厂", "丙工厂"]
PEOPLE = ["teller", "lobby", "manager", "colleague", "head", "stranger", "auditor"]
LIKELY = ["teller", "manager"]  # the proposer and the decider of the first request: most steps are theirs
WHO = st.sampled_from([*PEOPLE, *LIKELY * 5])


class Life(RuleBasedStateMachine):
    """`live` is what the archive must say: moved only by an approval, or past all requests."""

    world: dict = {}
    reached: set[str] = set()  # every state that some request of some run came to

    @initialize()
    def begin(self):
        from django.db import transaction

        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.archive, self.cast, self.now = self.world["archive"], self.world["cast"], self.world["now"]
        self.live = Customer.objects.get(pk=self.archive.pk).employer
        self.states: dict[int, str] = {}
        self.propose_as("teller", VALUES[0])

    def teardown(self):
        from django.db import transaction

        if hasattr(self, "atomic"):
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def some(self, place):
        requests = list(ChangeRequest.objects.order_by("pk"))
        return requests[place % len(requests)] if requests else None

    @rule(who=WHO, value=st.sampled_from(VALUES))
    def propose(self, who, value):
        self.propose_as(who, value)

    def propose_as(self, who, value):
        try:
            made = propose_change(
                customer=self.archive, proposer=self.cast[who], kind="edit", items={"employer": value},
                reason_code="changed", reason_text="客户到店", now=self.now,
                base_version=Customer.objects.get(pk=self.archive.pk).version,
            )  # fmt: skip
        except Refused:
            return
        assert who not in ("stranger", "auditor") and value != self.live
        self.states[made.pk] = "pending"

    @rule(who=WHO, place=st.integers(0, 9), choice=st.sampled_from(rules.CHOICES), look=st.booleans())
    def decide(self, who, place, choice, look):
        request = self.some(place)
        if request is not None:
            self.decide_as(who, request, choice, look)

    @rule(place=st.integers(0, 9), choice=st.sampled_from([rules.ACCEPT, rules.REJECT]))
    def decide_rightly(self, place, choice):
        """By whom the request waits for: these decisions mostly stand."""
        request = self.some(place)
        if request is not None and request.assignee:
            self.decide_as(request.assignee.username, request, choice, True)

    def decide_as(self, who, request, choice, look):
        item, version = items_of(request)[0], Customer.objects.get(pk=self.archive.pk).version
        moved = rules.has_moved(old=item.old, live=self.live, new=item.new)
        try:
            done = decide_change(
                request=request, actor=self.cast[who], decisions={item.pk: (choice, "理由")}, now=self.now,
                confirmed={item.pk: version} if look else {},
            )  # fmt: skip
        except Refused:
            return
        assert request.status == "pending" and self.cast[who] != request.proposer
        assert who in ("manager", "head", "colleague") and (not moved or look or choice != "accept")
        self.states[done.pk] = "approved" if choice == "accept" else "rejected"
        if choice == "accept":
            self.live = item.new

    @rule(who=WHO, place=st.integers(0, 9))
    def withdraw(self, who, place):
        request = self.some(place)
        if request is None:
            return
        try:
            withdraw_change(request=request, actor=self.cast[who], now=self.now)
        except Refused:
            return
        assert request.proposer == self.cast[who]
        self.states[request.pk] = "withdrawn"

    @rule(who=WHO, place=st.integers(0, 9), value=st.sampled_from(VALUES))
    def resubmit(self, who, place, value):
        request = self.some(place)
        if request is None:
            return
        before = request.status
        try:
            with_new = resubmit_change(
                request=request, actor=self.cast[who], items={"employer": value}, reason_code="wrong",
                reason_text="改正", now=self.now,
            )  # fmt: skip
        except Refused:
            return
        assert before in ("pending", "rejected", "partly") and with_new.proposer == self.cast[who]
        self.states[request.pk] = "pending"

    @rule(value=st.sampled_from(VALUES))
    def feed(self, value):
        customer = lock_customer(self.archive.pk)
        customer.employer = value
        save_archive(customer=customer, actor=None, reason="feed", now=self.now)
        self.live = value

    @rule(manager=st.sampled_from(["manager", "colleague", None]))
    def assign(self, manager):
        Customer.objects.filter(pk=self.archive.pk).update(manager=self.cast[manager] if manager else None)
        self.archive.refresh_from_db()

    @invariant()
    def the_house_stands(self):
        if not hasattr(self, "live"):
            return
        customer = Customer.objects.get(pk=self.archive.pk)
        assert customer.employer == self.live == customer.history.first().employer
        requests = list(ChangeRequest.objects.all())
        assert {r.pk: r.status for r in requests} == self.states
        Life.reached |= set(self.states.values())
        assert all(r.decided_by_id is None or r.decided_by_id != r.proposer_id for r in requests)
        open_ones = [(r.proposer_id, r.kind) for r in requests if r.is_open]
        assert len(open_ones) == len(set(open_ones))
        accepted = [i for r in requests for i in r.items.filter(decision="accepted")]
        assert customer.modifications.count() == sum(i.found != i.new for i in accepted)
        for r in requests:
            events = list(r.events.values_list("from_status", "to_status", "action"))
            assert events[0][0] == "" and events[-1][1] == r.status
            assert all(a[1] == b[0] for a, b in pairwise(events))
            assert all(rules.target(f, rules.Action(a)) == t for f, t, a in events)


@pytest.mark.django_db
def test_a_requests_life_keeps_every_rule(archive, cast, now):
    Life.world = {"archive": archive, "cast": cast, "now": now}
    Life.reached = set()
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Life.reached == {"pending", "approved", "rejected", "withdrawn"}
