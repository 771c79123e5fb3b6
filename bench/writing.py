"""What the bank does: deciding a request, loading postings, the averages of a quarter. All of it is taken back."""

import csv
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from archives.accounts.averages import average_sql, quarter_averages
from archives.changes.models import ChangeRequest, Kind, Reason
from archives.changes.proposing import items_of
from archives.changes.services import decide_change, propose_change
from archives.feeds.services import run_load, start_load
from archives.models import Customer
from bench.database import somebody
from bench.timing import WRITES, Measure, measure, paired, replay, seconds, statements, undone
from crm.lib.dates import Quarter
from crm.privacy.encryption import blind_index
from crm.staff.models import Branch
from crm.staff.roles import Role

RUNS = 15
FEW = 3
ACCOUNTS = 2_000
POSTINGS = 20_000
CUSTOMER_COLUMNS = [
    "客户号",
    "机构号",
    "客户类型",
    "开户日期",
    "客户名称",
    "证件号码",
    "证件种类",
    "统一社会信用代码",
    "手机号",
    "地址",
]
ACCOUNT_COLUMNS = ["账号", "客户号", "开户日期", "销户日期", "账户类型", "产品名称", "币种", "利率", "到期日", "余额"]
POSTING_COLUMNS = ["流水号", "账号", "记账日期", "金额", "借贷标志", "交易码", "摘要", "交易后余额", "冲正流水号"]
STAGING = """
    CREATE TEMP TABLE raw_postings (core_key text, account text, day date, cents bigint, code text, memo text)
    ON COMMIT DROP
"""
INSERT = """
    INSERT INTO archives_posting
        (account_id, core_key, booked_on, amount_cents, code, memo, reverses, loaded_on)
    SELECT a.id, r.core_key, r.day, r.cents, r.code, r.memo, '', current_date
    FROM raw_postings r JOIN archives_account a ON a.source = 'tianhua' AND a.core_key = r.account
    ON CONFLICT (account_id, core_key) DO NOTHING
"""
REBALANCE = """
    UPDATE archives_account a SET balance_cents = a.opening_cents + s.cents
    FROM (SELECT account_id, sum(amount_cents) AS cents FROM archives_posting
          WHERE account_id IN (SELECT id FROM archives_account WHERE source = 'tianhua'
                               AND core_key IN (SELECT account FROM raw_postings))
          GROUP BY account_id) s
    WHERE s.account_id = a.id
"""


def approval() -> Iterator[Measure]:
    """One accepted field: request, archive, histories, record, notice; beside the same INSERTs and UPDATEs."""
    manager = somebody(Role.MANAGER)
    teller = somebody(Role.TELLER, branch=manager.branch)
    busy = ChangeRequest.objects.open().values("customer")
    customer = Customer.objects.filter(manager=manager, kind="P").exclude(pk__in=busy).order_by("pk")[0]
    pairs = [undone(lambda: _decided(customer, teller, manager)) for _run in range(RUNS + 1)][1:]
    yield paired("approval", pairs)


def _decided(customer, teller, manager) -> tuple[float, float]:
    """(our seconds, the raw statements' seconds) for one fresh request, each from the same state."""
    now = timezone.now()
    request = propose_change(
        customer=customer, proposer=teller, kind=Kind.EDIT, items={"employer": "临江市第二纺织机械有限公司"},
        reason_code=Reason.CHANGED, reason_text="客户本人到店，原件已核", base_version=Customer.objects.get(pk=customer.pk).version, now=now,
    )  # fmt: skip
    decisions = {item.pk: ("accept", "") for item in items_of(request)}

    def ours():
        decide_change(request=request, actor=manager, decisions=decisions, now=now)

    sent = undone(lambda: statements(ours, WRITES))
    raw = undone(lambda: seconds(lambda: replay(sent)))
    return undone(lambda: seconds(ours)), raw


def loading() -> Iterator[Measure]:
    """A file of postings until its last row is in, beside COPY, INSERT SELECT and one UPDATE of the balances."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, raw = folder / "postings", folder / "accounts"
        ours.mkdir()
        raw.mkdir()
        rows = _files(raw, ours)
        pairs = [undone(lambda: _loaded(raw, ours, rows)) for _run in range(FEW)]
    yield paired(f"import of {POSTINGS:,} postings", pairs)


def _files(accounts: Path, postings: Path) -> list[tuple]:
    """Write customers, accounts and postings of an invented core system; the postings as rows for COPY."""
    branch = Branch.objects.filter(kind=Branch.Kind.OUTLET).order_by("code")[0].code
    first = date(2026, 1, 1)
    _csv(
        accounts / "customers.csv",
        CUSTOMER_COLUMNS,
        ([f"BENCH{n}", branch, "个人", "2020-01-01", "李明亮"] + [""] * 5 for n in range(ACCOUNTS)),
    )
    _csv(
        accounts / "accounts.csv",
        ACCOUNT_COLUMNS,
        ([f"BENCH{n}", f"BENCH{n}", "2020-01-01", "", "活期", "活期存款", "CNY", "", "", ""] for n in range(ACCOUNTS)),
    )
    rows = [
        (f"B{n}", f"BENCH{n % ACCOUNTS}", first + timedelta(days=n // 200), 100 + n, "T01", "转账")
        for n in range(POSTINGS)
    ]
    _csv(
        postings / "transactions.csv",
        POSTING_COLUMNS,
        ([key, account, day, f"{cents / 100:.2f}", "贷", code, memo, "", ""] for key, account, day, cents, code, memo in rows),
    )  # fmt: skip
    return rows


def _csv(path: Path, head: list[str], rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)


def _loaded(accounts: Path, postings: Path, rows: list[tuple]) -> tuple[float, float]:
    now = timezone.now()
    run_load(load=start_load(profile="tianhua", folder=accounts, actor=None, now=now), now=now)
    load = start_load(profile="tianhua", folder=postings, actor=None, now=now)
    copied = [(key, blind_index(f"tianhua\0{account}", purpose="core_key"), *rest) for key, account, *rest in rows]
    raw = undone(lambda: seconds(lambda: _copied(copied)))
    return _until_last_row(load, now), raw


def _until_last_row(load, now) -> float:
    """Seconds from the start to the last batch: what reconciling the whole bank takes afterwards is not in it."""
    done: list[float] = []
    began = time.perf_counter()
    finished = run_load(load=load, now=now, report=lambda file: file and done.append(time.perf_counter()))
    if finished.counts["added"] != POSTINGS:
        raise SystemExit(f"The load took in {finished.counts}, not {POSTINGS} postings: {finished.error}")
    return done[-1] - began


def _copied(rows: list[tuple]) -> None:
    text = StringIO("".join("\t".join(map(str, row)) + "\n" for row in rows))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STAGING)
        cursor.cursor.copy_expert("COPY raw_postings FROM STDIN", text)
        cursor.execute("ANALYZE raw_postings")
        cursor.execute(INSERT)
        cursor.execute(REBALANCE)


def averages() -> Iterator[Measure]:
    """Every customer's average of the last whole quarter."""
    quarter = Quarter(2026, 3)
    names = {"home": "CNY", "first": quarter.first, "last": quarter.last, "next": quarter.last + timedelta(days=1)}

    def raw():
        with connection.cursor() as cursor:
            cursor.execute(average_sql(one=False), names)
            cursor.fetchall()

    yield measure("quarterly averages", lambda: list(quarter_averages(quarter)), raw, runs=FEW)
