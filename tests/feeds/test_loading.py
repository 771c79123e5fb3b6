"""Files as a core system leaves them: encodings, mistakes, late postings, kills, currencies."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command

from archives.accounts.averages import quarter_averages, unconverted
from archives.models import Account, ChangeRequest, Customer, ExchangeRate, FeedLoad, Posting, RefusedRow
from crm.lib.dates import Quarter
from crm.lib.identifiers import make_resident_id

ID = make_resident_id("339901", date(1980, 5, 17), 21)
CUSTOMERS = f"客户号,机构号,客户类型,开户日期,客户名称,证件号码,证件种类,统一社会信用代码,手机号,地址\nK1,0101,个人,2019-03-01,单志明,{ID},居民身份证,,15400000001,临江市城东区人民路1号\nK2,0101,个人,2020-03-01,李䶮,,,,,\n"
ACCOUNTS = "账号,客户号,开户日期,销户日期,账户类型,产品名称,币种,利率,到期日,余额\n623001,K1,2020-01-01,,活期,活期储蓄,CNY,,,1500.00\n623002,K1,2025-01-01,,定期,整存整取,CNY,1.35,2027-01-01,\n623003,K2,2024-01-01,2025-06-30,活期,活期储蓄,CNY,,,\n623004,K2,2024-01-01,,活期,外币活期,USD,,,\n"
POSTINGS = "流水号,账号,记账日期,金额,借贷标志,交易码,摘要,交易后余额,冲正流水号\nT1,623001,2025-01-10,1000.00,贷,CK,存入,1000.00,\nT2,623001,2025-02-01,500.00,贷,CK,存入,1500.00,\nT3,623002,2025-01-01,20000.00,贷,CK,存入,20000.00,\nT4,623001,2025-03-01,70.00,借,XF,消费,1430.00,\nT5,623001,2025-03-01,70.00,贷,CZ,冲正,1500.00,T4\nT6,623004,2025-01-01,100.00,贷,CK,存入,100.00,\n"


@pytest.fixture
def delivered(deliver):
    return deliver(customers=CUSTOMERS, accounts=ACCOUNTS, transactions=POSTINGS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_it_reads_what_excel_and_wps_write(deliver, encoding):
    load = deliver(encoding=encoding, customers=CUSTOMERS, accounts=ACCOUNTS, transactions=POSTINGS)
    assert load.status == "done", list(RefusedRow.objects.values_list("line", "column", "reason"))
    assert set(Customer.objects.values_list("name", flat=True)) == {"单志明", "李䶮"}


def test_it_follows_the_core_system(delivered):
    current, time, closed, dollars = Account.objects.order_by("pk")
    assert (current.balance_cents, time.rate, time.matures_on) == (150_000, Decimal("1.3500"), date(2027, 1, 1))
    assert (closed.status, closed.closed_on, dollars.currency) == ("closed", date(2025, 6, 30), "USD")
    customer = current.customer
    assert (customer.sex, customer.birth_date, customer.mobile, customer.branch.code) == (
        "1",
        date(1980, 5, 17),
        "15400000001",
        "0101",
    )
    assert customer.history.count() == 1 and current.history.count() == 1
    assert Posting.objects.get(core_key="T5").reverses == "T4"


def test_numbers_are_encrypted_where_they_lie(delivered):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM archives_account")
        cells = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT id_number, mobile FROM archives_customer")
        cells += [cell for row in cursor.fetchall() for cell in row if cell]
    assert not any("6230" in cell or ID in cell or "15400000001" in cell for cell in cells)


BAD_ROWS = [
    (
        "流水号,账号,记账日期,金额,借贷标志,交易码,摘要,交易后余额,冲正流水号\nX1,623001,2025-13-40,1.00,贷,,,,\n",
        2,
        "记账日期",
    ),
    (f"{POSTINGS}X2,999999,2025-01-10,1.00,贷,,,,\n", 8, "账号"),
    (f"{POSTINGS}X3,623001,2025-01-10,1.00,转,,,,\n", 8, "借贷标志"),
    (f"{POSTINGS}X4,623001,2025-01-10,一百,贷,,,,\n", 8, "金额"),
    (f"{POSTINGS}X5,623001,2025-01-10,1.005,贷,,,,\n", 8, "金额"),
    (f"{POSTINGS}6.23E+11,623001,2025-01-10,1.00,贷,,,,\n", 8, "流水号"),
    (f"{POSTINGS}X6,623001,2019-01-10,1.00,贷,,,,\n", 8, "记账日期"),
    (f"{POSTINGS}X7,623001,2999-01-10,1.00,贷,,,,\n", 8, "记账日期"),
    (f"{POSTINGS}T1,623001,2025-01-10,9.00,贷,,,,\n", 8, "金额"),
    (f"{POSTINGS}X8,623001,2025-01-10\n", 8, ""),
    (f"{POSTINGS}X9,623001,2025-01-10,1.00,贷,,a\0b,,\n", 8, ""),
    (f'{POSTINGS}X0,623001,2025-01-10,1.00,贷,,"x"y,,\n', 8, ""),
]


@pytest.mark.parametrize(("text", "line", "column"), BAD_ROWS)
def test_a_bad_row_is_refused_with_its_place_and_the_rest_is_loaded(deliver, text, line, column):
    load = deliver(customers=CUSTOMERS, accounts=ACCOUNTS, transactions=text)
    assert load.status == "partly"
    refused = RefusedRow.objects.get()
    assert (refused.line, refused.column) == (line, column) and refused.reason
    assert Posting.objects.count() == text.count("\n") - 2


def test_a_file_in_no_known_encoding_is_refused_whole_and_says_so(deliver):
    from django.core.management import CommandError

    with pytest.raises(CommandError, match="GB18030"):
        deliver(customers=CUSTOMERS, accounts=ACCOUNTS, transactions=POSTINGS.encode() + b"X1,\xff\xfe,,,,,,,\n")
    assert (FeedLoad.objects.get().status, Posting.objects.count()) == ("failed", 0)


def test_the_refused_rows_can_be_mended_and_loaded_again(deliver, headoffice, client_of, tmp_path):
    load = deliver(customers=CUSTOMERS, accounts=ACCOUNTS, transactions=BAD_ROWS[3][0])
    file = load.files.get(role="postings")
    response = client_of(headoffice).get(f"/feeds/{load.pk}/refused/{file.pk}/")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0] == POSTINGS.splitlines()[0] and "一百" in text
    again = deliver("d2", transactions=text.replace("一百", "100.00"))
    assert again.status == "done" and Posting.objects.filter(core_key="X4").exists()


def test_the_same_file_twice_changes_nothing(deliver, delivered):
    before = list(Posting.objects.values_list("pk", "amount_cents"))
    again = deliver()
    assert all(again.files.values_list("is_repeat", flat=True))
    assert list(Posting.objects.values_list("pk", "amount_cents")) == before


def test_overlapping_rows_of_another_file_are_known(deliver, delivered):
    load = deliver("d2", transactions=POSTINGS + "T9,623001,2025-04-01,1.00,贷,,,,\n")
    assert (load.counts["added"], load.counts["same"]) == (1, 6)


def test_a_late_posting_changes_a_past_average_and_is_counted(deliver, delivered):
    customer = Customer.objects.get(name="单志明")
    before = {a.customer_id: a.average_cents for a in quarter_averages(Quarter(2025, 1))}[customer.pk]
    load = deliver(
        "d2",
        covers="2025-04-01:2025-04-30",
        transactions=POSTINGS.splitlines()[0] + "\nL1,623001,2025-03-31,90.00,贷,,,,\n",
    )
    after = {a.customer_id: a.average_cents for a in quarter_averages(Quarter(2025, 1))}[customer.pk]
    assert load.counts["late"] == 1 and after - before == 100  # 90.00 for one of 90 days


def test_a_core_owned_field_follows_with_history_and_ours_asks(deliver, delivered, manager, head, client_of):
    customer = Customer.objects.get(name="单志明")
    text = CUSTOMERS.replace("2019-03-01", "2019-03-02").replace("15400000001", "15400000009")
    deliver("d2", customers=text)
    customer.refresh_from_db()
    assert (customer.opened_on, customer.mobile) == (date(2019, 3, 2), "15400000001")
    assert customer.history.first().opened_on == date(2019, 3, 2)
    line = customer.modifications.get()
    assert (line.origin, line.field, line.old, line.new) == ("feed", "opened_on", "2019-03-01", "2019-03-02")
    assert (line.actor, line.approver, line.customer_version) == (None, None, customer.version)
    page = client_of(head).get(f"/customers/{customer.number}/modifications/").content.decode()
    assert "核心系统数据" in page and "2019-03-02" in page
    request = ChangeRequest.objects.get()
    assert (request.proposer, request.reason_code, request.items.get().field) == (None, "system", "mobile")
    deliver("d3", customers=text + "\n")
    assert ChangeRequest.objects.count() == 1


def test_accounts_follow_closing_and_rates_with_history(deliver, delivered):
    deliver(
        "d2",
        accounts=ACCOUNTS.replace("623001,K1,2020-01-01,,", "623001,K1,2020-01-01,2025-12-31,").replace("1.35", "1.40"),
    )
    account = Account.objects.get(tail="3001")
    assert (account.status, account.closed_on, account.history.count()) == ("closed", date(2025, 12, 31), 2)
    assert Account.objects.get(tail="3002").rate == Decimal("1.4000")


def test_a_foreign_balance_counts_at_the_days_rate_once_one_is_loaded(deliver, delivered):
    owner = Customer.objects.get(name="李䶮")
    assert owner.pk not in {a.customer_id for a in quarter_averages(Quarter(2025, 1)) if a.average_cents}
    assert unconverted(date(2025, 3, 31)) == [("USD", 1)]
    deliver("d2", rates="日期,币种,中间价\n2024-12-31,USD,7.00\n2025-02-15,USD,7.20\n")
    found = {a.customer_id: a for a in quarter_averages(Quarter(2025, 1))}[owner.pk]
    days = 45 * 70_000 + 45 * 72_000
    assert (found.closing_cents, found.average_cents) == (72_000, round(days / 90))
    assert ExchangeRate.objects.count() == 2


def test_a_difference_of_balances_is_listed(deliver, delivered, headoffice, client_of):
    load = deliver("d2", accounts=ACCOUNTS.replace(",1500.00", ",1600.00"))
    assert (load.accounts_differing, load.differences.get().gap_cents) == (1, -10_000)
    page = client_of(headoffice).get(f"/feeds/{load.pk}/").content.decode()
    assert "-100.00" in page and "**** 3001" in page


def test_who_may_see_and_start_loads(delivered, teller, head, headoffice, admin, client_of):
    assert client_of(teller).get("/feeds/").status_code == 403
    assert client_of(head).get(f"/feeds/{delivered.pk}/").status_code == 200
    assert client_of(head).get(f"/feeds/{delivered.pk}/refused/{delivered.files.first().pk}/").status_code == 403
    assert client_of(headoffice).get("/feeds/").status_code == 200
    assert client_of(admin).get("/feeds/").status_code == 200


def test_a_load_is_started_from_the_page_and_only_below_the_feed_directory(headoffice, client_of, settings, bank):
    folder = settings.FEEDS_DIR / "today"
    folder.mkdir(parents=True)
    for name, text in (("customers", CUSTOMERS), ("accounts", ACCOUNTS), ("transactions", POSTINGS)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    client = client_of(headoffice)
    assert client.post("/feeds/", {"profile": "tianhua", "folder": "../../etc"}).status_code == 200
    assert FeedLoad.objects.count() == 0
    response = client.post("/feeds/", {"profile": "tianhua", "folder": "today"})
    load = FeedLoad.objects.get()
    assert response.url == f"/feeds/{load.pk}/" and load.status == "waiting"
    from django.utils import timezone

    from crm.jobs.services import run_job

    run_job(name="import-feed", period=str(load.pk), now=timezone.now())
    load.refresh_from_db()
    assert load.status == "done" and Posting.objects.count() == 6


def test_an_empty_folder_or_a_missing_one_is_said(bank, tmp_path):
    from django.core.management import CommandError

    with pytest.raises(CommandError):
        call_command("import_feed", "tianhua", str(tmp_path / "nowhere"))
    with pytest.raises(CommandError):
        call_command("import_feed", "tianhua", str(tmp_path))
