"""A core system that writes owners into a file of their own, and balances that stood before the first delivery."""

from datetime import date

import pytest

from archives.accounts.averages import quarter_averages
from archives.models import Account, AccountHolder, Customer, CustomerFigures, StagedHolder
from crm.lib.dates import Quarter

PROFILE = """
title = "Apart"
source = "apart"
date = "%Y-%m-%d"

[customers]
file = "people.csv"
key = "person"
district = "branch"

[holders]
file = "holders.csv"
account = "account"
customer = "person"
role = "role"
owner = ["owner"]

[accounts]
file = "accounts.csv"
key = "account"
opened_on = "opened"
opening = "opening"

[postings]
file = "moves.csv"
key = "key"
account = "account"
day = "day"
amount = "amount"
"""
PEOPLE = "person,branch\n1,0101\n2,0101\n3,0201\n"
HOLDERS = "account,person,role\n9001,1,owner\n9001,2,user\n"
ACCOUNTS = "account,opened,opening\n9001,2020-01-01,900.00\n"
MOVES = "key,account,day,amount\na,9001,2025-03-31,-90.00\n"


@pytest.fixture
def apart(tmp_path, settings, deliver):
    own = tmp_path / "profiles"
    own.mkdir()
    (own / "apart.toml").write_text(PROFILE, encoding="utf-8")
    settings.FEED_PROFILES_DIR = str(own)
    return lambda folder, **files: deliver(folder, profile="apart", **files)


@pytest.fixture
def account(apart) -> Account:
    load = apart("d1", people=PEOPLE, holders=HOLDERS, accounts=ACCOUNTS, moves=MOVES)
    assert load.status == "done"
    return Account.objects.get()


def owner_of(account: Account) -> str:
    return Customer.objects.get(accounts=account).core_id


def test_the_owner_owns_and_others_may_dispose(account):
    assert owner_of(account) == "apart:1"
    assert list(AccountHolder.objects.values_list("customer__core_id", "role")) == [("apart:2", "user")]


def test_a_balance_from_before_the_first_delivery_counts_for_every_day(account):
    assert account.balance_cents == 81_000
    average = next(iter(quarter_averages(Quarter(2025, 1))))
    assert (average.average_cents, average.closing_cents) == (89_900, 81_000)  # 90.00 less on one day of 90


def test_a_new_owner_in_the_holders_file_alone_is_followed_with_history(apart, account):
    assert CustomerFigures.objects.get(customer__core_id="apart:1").balance_cents == 81_000
    load = apart("d2", holders=HOLDERS.replace("9001,1,owner", "9001,3,owner"))
    assert (load.counts["added"], owner_of(account), account.history.count()) == (1, "apart:3", 2)
    balances = dict(CustomerFigures.objects.values_list("customer__core_id", "balance_cents"))
    assert balances == {"apart:1": 0, "apart:2": 0, "apart:3": 81_000}


def test_a_role_that_changes_is_followed(apart, account):
    load = apart("d2", holders="account,person,role\n9001,2,owner\n9001,1,user\n")
    assert (load.counts["changed"], owner_of(account)) == (2, "apart:2")
    assert list(AccountHolder.objects.values_list("customer__core_id", flat=True)) == ["apart:1"]


def test_no_account_number_lies_open_while_it_waits_for_its_account(apart):
    apart("d1", people=PEOPLE, holders=HOLDERS)
    assert not StagedHolder.objects.filter(account_key__contains="9001").exists()
    assert Account.objects.count() == 0
    apart("d2", accounts=ACCOUNTS)
    assert Account.objects.get().opened_on == date(2020, 1, 1)
