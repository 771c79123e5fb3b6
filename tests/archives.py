"""Archives for tests, opened through the services."""

from datetime import date, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from archives.customers.services import open_archive
from archives.intelligence.services import add_intelligence
from archives.models import Account, Customer, Intelligence, Posting
from crm.lib.identifiers import make_resident_id, make_uscc
from crm.privacy.encryption import blind_index

BORN = date(1980, 5, 17)
_count = iter(range(1, 10_000_000))


def personal_values(**values) -> dict[str, str]:
    n = next(_count)
    return {
        "name": "李明亮",
        "id_kind": "resident_id",
        "id_number": make_resident_id("339901", BORN + timedelta(days=n // 500), n * 2 % 1000 + 1),
        "sex": "1",
        "nationality": "CHN",
        "id_valid_until": "2040-01-01",
        "mobile": f"154{n:08d}",
        "address": "临江市城东区人民路1号锦绣花园3幢",
        "occupation": "2",
    } | values


def make_personal(*, branch, manager=None, actor=None, now=None, parts=(), **values) -> Customer:
    values = personal_values(**values)
    if "sex" not in values or values["id_number"]:
        values["birth_date"] = values.get("birth_date") or _birth(values["id_number"])
        values["sex"] = values["sex"] or "1"
    return open_archive(
        values={k: v for k, v in values.items() if v},
        parts=list(parts),
        kind="P",
        branch=branch,
        manager=manager,
        actor=actor,
        now=now or timezone.now(),
    )


def _birth(number: str) -> str:
    return f"{number[6:10]}-{number[10:12]}-{number[12:14]}" if number else ""


def make_corporate(*, branch, manager=None, actor=None, now=None, parts=(), **values) -> Customer:
    n = next(_count)
    values = {
        "name": "临江市恒泰纺织有限公司",
        "id_kind": "business_licence",
        "uscc": make_uscc("91339901", n),
        "id_valid_until": "2040-01-01",
        "mobile": f"154{n:08d}",
        "address": "临江市城东区解放路200号",
        "business_scope": "纺织品生产、销售",
    } | values
    return open_archive(
        values={k: v for k, v in values.items() if v}, parts=list(parts), kind="C", branch=branch, manager=manager, actor=actor, now=now or timezone.now()
    )  # fmt: skip


def make_account(*, customer, number="6230000000001", opened_on=date(2020, 1, 1), postings=(), **fields) -> Account:
    """An account with postings (day, cents)."""
    account = Account.objects.create(
        customer=customer,
        source=fields.pop("source", "test"),
        core_key=blind_index(number, purpose="core_key"),
        number=number,
        tail=number[-4:],
        kind=fields.pop("kind", "current"),
        opened_on=opened_on,
        **fields,
    )
    Posting.objects.bulk_create(
        Posting(account=account, core_key=str(i), booked_on=day, amount_cents=cents, loaded_on=day)
        for i, (day, cents) in enumerate(postings)
    )
    total = account.opening_cents + sum(cents for _day, cents in postings)
    Account.objects.filter(pk=account.pk).update(balance_cents=total)
    account.refresh_from_db()
    return account


def make_item(*, actor, customers=(), now=None, **values) -> Intelligence:
    """An intelligence item with an attachment, about `customers`."""
    now = now or timezone.now()
    options = {
        "kind": "trend", "title": "纺织行业订单回升", "text": "三季度出口订单环比增长。", "source": "临江市统计局", "industries": ["C"],
        "source_date": timezone.localdate(now), "files": [SimpleUploadedFile("报告.pdf", b"%PDF-1.4\n%%EOF\n")],
    } | values  # fmt: skip
    return add_intelligence(actor=actor, customers=[row.number for row in customers], now=now, **options)
