"""The real bank of 1993, to the cent, against independently computed truth."""

import csv
import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db.models import F, Sum

from archives.accounts.averages import quarter_averages
from archives.models import Account, Customer, FeedLoad, Posting
from crm.lib.dates import Quarter
from crm.lib.money import from_cents
from crm.workbench.demo.staffing import make_branches
from tests.house.source import ROOT

BERKA = ROOT.parent / "shared" / "data" / "berka"
pytestmark = pytest.mark.skipif(
    not BERKA.is_dir(), reason="the Berka data lies in ../shared/data/berka, which is not here"
)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The whole data, loaded once for this module and taken away again."""
    from django.db import transaction

    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        make_branches()
        call_command("import_feed", "berka", str(BERKA), verbosity=0)
        yield
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


@pytest.fixture
def berka(loaded, django_db_blocker):
    with django_db_blocker.unblock():
        yield


def truth() -> dict:
    return json.loads((BERKA / "truth.json").read_text())


def test_everything_is_loaded(berka):
    assert (Customer.objects.count(), Account.objects.count(), Posting.objects.count()) == (5369, 4500, 46997)
    load = FeedLoad.objects.get()
    assert (load.status, load.counts["refused"]) == ("done", 0)


@pytest.mark.parametrize("quarter", ["1993Q1", "1993Q2"])
def test_sums_and_classes_equal_the_truth(berka, quarter):
    wanted = truth()[quarter]
    found = list(quarter_averages(Quarter.parse(quarter)))
    assert len(found) == wanted["customers"]
    assert sum(row.closing_cents for row in found) == Decimal(wanted["point_sum"]) * 100
    exact = Decimal(wanted["average_sum"]) * 100
    assert abs(sum(row.average_cents for row in found) - exact) <= len(found) / 2  # each was rounded to a cent
    bounds = [10_000, 25_000, 50_000, 100_000]
    for values, key in (
        ([r.average_cents for r in found], "classes_by_average"),
        ([r.closing_cents for r in found], "classes_by_point"),
    ):
        classes = [sum(cents >= bound * 100 for bound in bounds) for cents in values]
        assert [classes.count(n) for n in range(5)] == wanted[key]


def test_every_customer_of_1993q2_equals_the_truth_to_the_cent(berka, tmp_path):
    call_command("deposit_averages", "1993Q2", "--csv", str(tmp_path / "out.csv"), verbosity=0)
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        found = {
            r["customer"]: (Decimal(r["daily_average"]), Decimal(r["closing_balance"])) for r in csv.DictReader(file)
        }
    with (BERKA / "truth_averages_1993Q2.csv").open() as file:
        wanted = {
            r["client_id"]: (Decimal(r["daily_average"]), Decimal(r["closing_balance"])) for r in csv.DictReader(file)
        }
    assert found == wanted


def test_every_balance_is_the_sum_of_its_postings(berka):
    moved = Account.objects.annotate(moved=Sum("postings__amount_cents", default=0))
    assert not moved.exclude(balance_cents=F("moved")).exists()


def test_the_trap_is_real(berka):
    """The balance of a file's last row of the day is not the balance of the day."""
    account = Account.objects.get(customer__core_id="berka:2")
    day = Posting.objects.filter(account=account).order_by("-booked_on").values_list("booked_on", flat=True).first()
    moved = sum(Posting.objects.filter(account=account).values_list("amount_cents", flat=True))
    assert account.balance_cents == moved
    assert Posting.objects.filter(account=account, booked_on=day).exists()


def test_loading_again_changes_nothing(berka):
    before = digest()
    call_command("import_feed", "berka", str(BERKA), verbosity=0)
    assert digest() == before
    assert all(FeedLoad.objects.order_by("pk").last().files.values_list("is_repeat", flat=True))


def digest() -> tuple:
    return (
        list(
            Customer.objects.order_by("pk").values_list("number", "core_id", "birth_date", "sex", "version", "branch")
        ),
        list(Account.objects.order_by("pk").values_list("core_key", "balance_cents", "customer")),
        list(Posting.objects.order_by("pk").values_list("account", "core_key", "amount_cents")),
        Customer.history.count(),
        Account.history.count(),
    )


def test_each_customer_stands_under_the_outlet_of_their_district(berka):
    for customer in Customer.objects.select_related("branch")[:20]:
        assert customer.branch.kind in ("outlet", "direct_outlet")
    assert Customer.objects.values("branch").distinct().count() == 12


def test_reconciliation_finds_the_banks_own_rounding_and_nothing_larger(berka):
    load = FeedLoad.objects.order_by("pk").first()
    assert load.accounts_checked == Account.objects.exclude(postings=None).count()
    assert load.accounts_differing == load.differences.count()
    assert all(abs(row.gap_cents) <= 100 for row in load.differences.all())
    assert abs(from_cents(load.stated_cents - load.computed_cents)) < load.accounts_checked


def test_a_nameless_person_is_shown_by_number(berka):
    customer = Customer.objects.first()
    assert customer.name == "" and customer.title == customer.number
