"""Killed anywhere, a load that goes on ends as one that was never touched; nothing is loaded twice."""

import os

import pytest
from django.core.management import CommandError
from django.db import connection
from django.utils import timezone

from archives.feeds import services
from archives.models import Account, Customer, CustomerFigures, FeedFile, FeedLoad, Posting, RefusedRow, StagedHolder
from tests.feeds.files import ACCOUNT, PERSON, accounts, customers, postings

LINES = [
    "坏行,623001,2025-13-01,1.00,贷,,,,",
    *(f"N{i},62300{1 + i % 3},2025-05-0{1 + i % 9},{i}.50,{'借' if i % 4 else '贷'},,,," for i in range(11)),
]
FILES = {
    "customers": customers(*(f"K{i},0101,个人,2019-03-01,客户{'甲乙丙丁戊'[i]},,,,," for i in range(5))),
    "accounts": accounts(*(f"62300{i},K{i},2020-01-01,,活期,,CNY,,," for i in range(1, 4))),
    "transactions": postings(*LINES),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 3)
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def load_of(folder) -> FeedLoad:
    return services.start_load(profile="tianhua", folder=folder, actor=None, now=timezone.now())


def digest() -> dict:
    """Everything a load writes, by natural keys."""
    return {
        "customers": list(Customer.objects.order_by("core_id").values_list("core_id", "number", "name", "version")),
        "accounts": list(Account.objects.order_by("core_key").values_list("core_key", "balance_cents", "balance_on")),
        "postings": list(
            Posting.objects.order_by("core_key").values_list("account__core_key", "core_key", "amount_cents")
        ),
        "figures": list(
            CustomerFigures.objects.order_by("customer__core_id").values_list("balance_cents", "average_cents")
        ),
        "refused": list(RefusedRow.objects.order_by("line").values_list("line", "column", "reason")),
        "files": list(FeedFile.objects.order_by("role").values_list("role", "line", "rows", "added", "refused")),
        "load": list(FeedLoad.objects.values_list("status", "counts", "accounts_checked", "computed_cents")),
        "histories": (Customer.history.count(), Account.history.count()),
    }


def empty() -> None:
    for model in (FeedLoad, StagedHolder, Posting, Account, CustomerFigures):
        model.objects.all().delete()
    Customer.objects.all().delete()
    Account.history.all().delete()
    Customer.history.all().delete()


PLACES = [("inside", 0), ("inside", 1), ("after", 2), ("inside", 3), ("after", 3), ("inside", 6), ("comparing", 0)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("where", "batch"), PLACES)
def test_a_killed_load_that_goes_on_equals_an_unbroken_one(folder, bank, monkeypatch, where, batch):
    services.run_load(load=load_of(folder), now=timezone.now())
    unbroken = digest()
    empty()
    load = load_of(folder)
    connection.close()
    if not (child := os.fork()):
        die_at(monkeypatch, where, batch)
        services.run_load(load=load, now=timezone.now(), report=lambda file: None)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    load.refresh_from_db()
    assert load.status == "running" and digest() != unbroken
    services.run_load(load=load, now=timezone.now())
    assert digest() == unbroken


def die_at(monkeypatch, where: str, batch: int) -> None:
    """End as by kill -9 before the commit of a batch, after it, or while balances are compared."""
    count, move_on, write = iter(range(100)), services._move_on, services._write_batch

    def dies_inside(file, behind):
        if next(count) == batch:
            os._exit(9)  # the rows are written, the position is not
        move_on(file, behind)

    def dies_after(*args, **options):
        write(*args, **options)
        if next(count) == batch:
            os._exit(9)

    if where == "inside":
        monkeypatch.setattr(services, "_move_on", dies_inside)
    elif where == "after":
        monkeypatch.setattr(services, "_write_batch", dies_after)
    else:
        monkeypatch.setattr(services, "reconcile", lambda **options: os._exit(9))


def test_a_worker_that_was_overtaken_writes_nothing_more(folder, bank):
    load = load_of(folder)

    def overtake(file):
        if file is not None and file.role == "customers" and not done:
            done.append(services.run_load(load=FeedLoad.objects.get(pk=load.pk), now=timezone.now()))
            done.append(digest())

    done: list = []
    with pytest.raises(services.Overtaken):
        services.run_load(load=load, now=timezone.now(), report=overtake)
    assert digest() == done[1]


def test_rows_refused_for_what_lay_outside_the_file_load_the_second_time(deliver, bank):
    elsewhere = PERSON.replace("0101", "D77")
    first = deliver(customers=elsewhere, accounts=ACCOUNT)
    assert (first.status, first.counts["refused"], Customer.objects.count()) == ("partly", 2, 0)
    bank["0101"].district = "D76 D77"
    bank["0101"].save()
    second = deliver()
    assert (second.status, Customer.objects.get().branch, Account.objects.count()) == ("done", bank["0101"], 1)
    third = deliver()
    assert (third.status, third.counts["same"]) == ("done", 2)


def test_a_file_of_a_failed_load_is_taken_over(deliver, bank):
    broken = b"\xff\xfe\x00"  # no CSV in any encoding
    with pytest.raises(CommandError):
        deliver(customers=PERSON, accounts=broken)
    FeedFile.objects.filter(role="customers").update(is_done=False)  # as if it had broken off within
    load = deliver("d2", customers=PERSON, accounts=ACCOUNT)
    assert (load.status, Account.objects.count()) == ("done", 1)


def test_a_file_that_another_load_is_reading_waits_for_it(deliver, folder, bank):
    load = load_of(folder)
    services._registered(
        services.Context(services.load_profile("tianhua"), load, timezone.now(), timezone.localdate(), {}),
        "customers",
        folder / "customers.csv",
    )
    with pytest.raises(CommandError, match=str(load.pk)):
        deliver("d2", customers=FILES["customers"])


def test_a_cut_off_gzip_fails_the_load_and_says_so(tmp_path, bank):
    import gzip

    whole = gzip.compress(PERSON.encode() * 50)
    (tmp_path / "customers.csv.gz").write_bytes(whole[: len(whole) // 2])
    load = services.run_load(load=load_of(tmp_path), now=timezone.now())
    assert load.status == "failed" and "EOFError" in load.error
