import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from archives.changes.models import Kind, Reason
from archives.changes.proposing import items_of
from archives.changes.services import decide_change, propose_change
from archives.customers.services import lock_customer, open_archive, save_archive
from archives.customers.values import write
from archives.models import Customer

PDF = b"%PDF-1.4\n%%EOF\n"
PERSON = {"name": "李明亮", "mobile": "13812344021", "employer": "临江市第二纺织厂", "sex": "1", "nationality": "CHN"}


@pytest.fixture
def archive(outlet, manager, now):
    """The archive of 李明亮, which `manager` looks after."""
    return open_archive(values=PERSON, kind="P", branch=outlet, manager=manager, actor=manager, now=now)


@pytest.fixture
def company(outlet, manager, now):
    return open_archive(
        values={"name": "临江机械有限公司"}, kind="C", branch=outlet, manager=manager, actor=manager, now=now
    )


@pytest.fixture
def pdf():
    return lambda name="申请书.pdf", data=PDF: SimpleUploadedFile(name, data)


@pytest.fixture
def ask(archive, teller, now):
    """Propose `items` for the archive, by the teller unless said otherwise."""

    def make(items=None, *, customer=archive, proposer=teller, kind=Kind.EDIT, **options):
        options = {
            "reason_code": Reason.CHANGED,
            "reason_text": "客户本人到店，原件已核",
            "base_version": Customer.objects.get(pk=customer.pk).version,
            "now": now,
        } | options
        if items is None and "part_items" not in options:
            items = {"employer": "临江市第二纺织机械有限公司"}
        return propose_change(customer=customer, proposer=proposer, kind=kind, items=items or {}, **options)

    return make


@pytest.fixture
def decide(manager, now):
    """One decision for every item: accept, reject or keep."""

    def make(request, choice="accept", *, actor=manager, why="", **options):
        decisions = {item.pk: (choice, why) for item in items_of(request)}
        return decide_change(request=request, actor=actor, decisions=decisions, **({"now": now} | options))

    return make


@pytest.fixture
def correct(manager, now):
    """Write a value past all requests, as a feed does."""

    def make(customer, **values):
        customer = lock_customer(customer.pk)
        for key, text in values.items():
            write(customer, key, text)
        return save_archive(customer=customer, actor=manager, reason="feed", now=now)

    return make
