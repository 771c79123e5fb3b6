"""Rows that contradict, repeat or hide something: refused in place, never guessed, never lost."""

from datetime import date

import pytest

from archives.feeds.parsing import BadValue, Reader
from archives.feeds.profiles import load_profile
from archives.models import Account, ChangeRequest, Customer, ExchangeRate, Posting, RefusedRow
from tests.archives import make_personal
from tests.feeds.files import ACCOUNT, ID, PERSON, accounts, customers, postings, rates

TODAY = date(2026, 11, 24)


def reasons(load) -> list[tuple[int, str]]:
    return list(RefusedRow.objects.filter(file__load=load).values_list("line", "column"))


@pytest.mark.parametrize(
    ("text", "cents"),
    [("1,234.56", 123_456), ("1,5", None), ("12,34.00", None), ("1E+3", None), ("+7.1", 710), ("-0.01", -1), ("NaN", None), ("1_0", None)],
)  # fmt: skip
def test_a_comma_groups_thousands_and_nothing_else(text, cents):
    reader = Reader(load_profile("tianhua"), "postings", TODAY)
    if cents is None:
        with pytest.raises(BadValue):
            reader.amount({"金额": text}, "amount")
    else:
        assert reader.amount({"金额": text}, "amount") == cents


@pytest.mark.parametrize(
    ("text", "day"),
    [("930101", date(1993, 1, 1)), ("600101", date(1960, 1, 1)), ("260101", date(2026, 1, 1)), ("271231", date(1927, 12, 31))],
)  # fmt: skip
def test_a_year_of_two_digits_never_lies_ahead(text, day):
    assert Reader(load_profile("berka"), "accounts", TODAY).past_day({"date": text}, "opened_on") == day


def test_a_reason_shows_no_value_of_a_shifted_row(deliver, client_of, headoffice):
    shifted = f"T1,623001,{ID},张三丰有钱,贷,,,,"
    load = deliver(
        customers=PERSON, accounts=ACCOUNT, transactions=postings(shifted, "T2,623001,2025-01-01,单志明,贷,,,,")
    )
    assert reasons(load) == [(2, "金额"), (3, "金额")]
    page = client_of(headoffice).get(f"/feeds/{load.pk}/").content.decode()
    assert "“字字字”" in page
    for hidden in (ID, ID[:6], "张三", "单志明"):
        assert hidden not in page
        assert not RefusedRow.objects.filter(reason__contains=hidden).exists()


def test_the_same_line_twice_is_counted_and_a_contradiction_refused(deliver):
    person, account = PERSON.splitlines()[1], ACCOUNT.splitlines()[1]
    load = deliver(
        customers=customers(person, person, person.replace("1号", "2号")),
        accounts=accounts(account, account, account.replace("活期储蓄", "别的")),
        rates=rates("2025-01-01,USD,7.1", "2025-01-01,美元,7.1", "2025-01-01,USD,7.2"),
    )
    assert reasons(load) == [(4, "中间价"), (4, "客户号"), (4, "账号")]
    assert (load.counts["added"], load.counts["same"]) == (3, 3)
    assert (Customer.objects.count(), Account.objects.count(), ExchangeRate.objects.count()) == (1, 1, 1)


def test_a_corrected_rate_is_taken_over(deliver):
    deliver(rates=rates("2025-01-01,USD,7.1"))
    load = deliver("d2", rates=rates("2025-01-01,USD,7.25"))
    assert (load.counts["changed"], float(ExchangeRate.objects.get().rate)) == (1, 7.25)


@pytest.mark.parametrize(("currency", "line"), [("人民币", None), ("usd", None), ("人民", 2), ("US", 2)])
def test_a_currency_is_a_code_or_a_word_of_the_profile(deliver, currency, line):
    load = deliver(customers=PERSON, accounts=ACCOUNT.replace("CNY", currency))
    assert reasons(load) == ([(line, "币种")] if line else [])


def test_an_account_keeps_its_currency_and_a_transaction_its_day(deliver):
    deliver(customers=PERSON, accounts=ACCOUNT, transactions=postings("T1,623001,2025-01-01,1.00,贷,,,,"))
    load = deliver(
        "d2", accounts=ACCOUNT.replace("CNY", "USD"), transactions=postings("T1,623001,2025-01-02,1.00,贷,,,,")
    )
    assert reasons(load) == [(2, "币种"), (2, "记账日期")]
    assert (Account.objects.get().currency, Posting.objects.get().booked_on) == ("CNY", date(2025, 1, 1))


def test_an_archive_opened_by_hand_becomes_the_core_systems_by_its_document(deliver, outlet, manager):
    mine = make_personal(branch=outlet, manager=manager, id_number=ID, name="单志民")
    load = deliver(customers=PERSON, accounts=ACCOUNT)
    mine.refresh_from_db()
    assert (load.status, Customer.objects.count(), mine.core_id, mine.name) == ("done", 1, "tianhua:K1", "单志民")
    assert mine.history.first().core_id == "tianhua:K1" and Account.objects.get().customer == mine
    assert ("name", "单志明") in {(item.field, item.new) for item in ChangeRequest.objects.get().items.all()}


def test_a_document_of_two_customers_is_refused(deliver):
    person = PERSON.splitlines()[1]
    load = deliver(customers=customers(person, person.replace("K1", "K2")))
    assert reasons(load) == [(3, "证件号码")]
    again = deliver("d2", customers=customers(person.replace("K1", "K3")))
    assert reasons(again) == [(2, "证件号码")]
    assert Customer.objects.get().core_id == "tianhua:K1"


def test_a_key_too_long_for_its_column_is_refused(deliver):
    load = deliver(customers=PERSON.replace("K1", "K" * 33))
    assert reasons(load) == [(2, "客户号")]


def test_a_day_past_those_declared_is_refused(deliver):
    load = deliver(
        customers=PERSON, accounts=ACCOUNT, covers="2025-01-01:2025-01-31",
        transactions=postings("T1,623001,2025-01-31,1.00,贷,,,,", "T2,623001,2025-02-01,1.00,贷,,,,"),
    )  # fmt: skip
    assert reasons(load) == [(3, "记账日期")]


def test_without_declared_days_what_lies_before_the_last_load_is_late(deliver):
    first = deliver(customers=PERSON, accounts=ACCOUNT, transactions=postings("T1,623001,2025-03-01,1.00,贷,,,,"))
    load = deliver("d2", transactions=postings("T2,623001,2025-03-01,1.00,贷,,,,", "T3,623001,2025-03-02,1.00,贷,,,,"))
    assert (first.counts["late"], load.counts["late"]) == (0, 1)
