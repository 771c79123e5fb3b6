"""Two archives of one person with everything that can hang on them, and the inventory of every row."""

from datetime import date

from django.apps import apps

from archives.changes.services import decide_matter, propose_change
from archives.customers.services import add_row, lock_customer, save_archive
from archives.customers.values import write
from archives.models import AccountHolder, CustomerFigures, DeadSign, Hold, Intelligence, IntelligenceCustomer
from archives.retention.services import note_legal_retention
from archives.stewardship.merging import propose_merge
from tests.archives import make_account, make_personal

DAY = date(2026, 10, 15)
# What an undone merge may leave behind: new rows of these tables, and these columns.
NEW = {"changerequest", "changeevent", "merge", "deletion", "modification", "clock", "evidence"}
NOT_COMPARED = {"version", "as_of", "last_contact_on", "assignee", "completeness", "missing"}


def make_pair(*, branch, manager, now, loser_branch=None, loser_manager=None, born="1980-05-17"):
    """(survivor, loser): the loser's phone and employer are better, its document was never entered."""
    survivor = make_personal(branch=branch, manager=manager, now=now, name="李明亮", employer="", address="")
    loser = make_personal(
        branch=loser_branch or branch, manager=loser_manager or manager, now=now, name="李明亮", id_number="",
        id_kind="", id_valid_until="", birth_date=survivor.birth_date.isoformat(), mobile="13812344021",
        employer="临江市第二纺织厂", address="临江市城东区人民路2号1幢",
    )  # fmt: skip
    return survivor, loser


def hang_everything(*, survivor, loser, third, teller, now):
    """On the loser: accounts, parts, relations, requests, an item, a complaint's hold, signs, retention."""
    for n, customer in enumerate((survivor, loser, loser)):
        make_account(
            customer=customer, number=f"62300000000{n:02d}", postings=[(DAY, 100_000 * (n + 1))], balance_on=DAY
        )
    others = make_account(customer=third, number="6230000000099", postings=[(DAY, 7)], balance_on=DAY)
    for customer in (survivor, loser):
        AccountHolder.objects.create(account=others, customer=customer, role="user")
    AccountHolder.objects.create(account=survivor.accounts.get(), customer=loser, role="user")
    for part, row in (
        ("contactpoint", {"kind": "mobile", "value": "15455551111"}),
        ("address", {"kind": "home", "text": "临江市城西区五一路九号"}),
        ("identitydocument", {"kind": "passport", "number": "E87654321"}),
        ("preference", {"kind": "channel", "value": "微信", "source": "staff", "noted_on": "2026-01-02"}),
        ("relation", {"other": survivor.number, "role": "sibling"}),
        ("relation", {"other": third.number, "role": "spouse"}),
        ("relation", {"other": third.number, "role": "partner"}),
    ):
        add_row(customer=loser, part=part, values=row, actor=teller, reason="x")
    add_row(customer=third, part="relation", values={"other": survivor.number, "role": "spouse"}, actor=teller, reason="x")  # fmt: skip
    item = Intelligence.objects.create(
        number="QB1", kind="trend", title="x", text="x", source="x", source_date=DAY, valid_until=date(2027, 1, 1),
        branch=loser.branch, created_by=teller, created_at=now,
    )  # fmt: skip
    for customer in (survivor, loser):
        IntelligenceCustomer.objects.create(item=item, customer=customer)
    Hold.objects.create(customer=loser, kind=Hold.Kind.COMPLAINT, source="TS1", placed_at=now)
    DeadSign.objects.create(customer=loser, kind="unreachable", day=DAY, noted_by=teller)
    note_legal_retention(customer=loser, kind="complaint", source="TS0", until=date(2030, 1, 1))
    return ask(loser, teller, now, job_title="科长")


def ask(customer, proposer, now, **items):
    return propose_change(
        customer=customer, proposer=proposer, kind="edit", items=items, reason_code="changed", reason_text="客户到店",
        base_version=customer.version, now=now,
    )  # fmt: skip


def inventory() -> dict:
    """Every row of every table of the archives but history: {table: {key: values}}, decrypted."""
    found = {}
    for model in apps.get_app_config("archives").get_models():
        if model.__name__.startswith("Historical"):
            continue
        fields = [f for f in model._meta.concrete_fields if f.name not in NOT_COMPARED]
        rows = {row.pk: {f.attname: getattr(row, f.attname) for f in fields} for row in model._base_manager.all()}
        found[model._meta.model_name] = rows
    return found


def compare(before: dict, after: dict) -> list:
    """What differs, but for rows that a merge and its undoing add."""
    wrong = []
    for table, rows in before.items():
        wrong += [(table, key, "lost") for key in rows.keys() - after[table].keys()]
        wrong += [(table, key, "new") for key in after[table].keys() - rows.keys() if table not in NEW]
        for key in rows.keys() & after[table].keys():
            changed = {name: (was, after[table][key][name]) for name, was in rows[key].items() if after[table][key][name] != was}  # fmt: skip
            if changed:
                wrong.append((table, key, changed))
    return wrong


def total() -> int:
    return sum(CustomerFigures.objects.filter(customer__life="active").values_list("balance_cents", flat=True))


def edit(customer, manager, now, **values):
    """Write values past all requests, as a feed does."""
    customer = lock_customer(customer.pk)
    for key, text in values.items():
        write(customer, key, text)
    return save_archive(customer=customer, actor=manager, reason="feed", now=now)


def fresh(row):
    return type(row)._base_manager.get(pk=row.pk)


MERGE_SCOPED = {"stewardship:merge", "stewardship:merge_undo"}


def add_merges(found: dict, *, now, **secrets) -> None:
    """A merge done at each place for the worlds of the matrix and of the canaries; `here`, `there` are values taken."""
    for place in ("here", "there"):
        customer, proposer = found[place]["customer"], found[place]["request"].proposer
        values = {"job_title": "科长"} | {k: v for k, v in secrets.get(place, {}).items() if k != "id_number"}
        survivor = make_personal(branch=customer.branch, manager=customer.manager, now=now, name="合并客户")
        loser = make_personal(branch=customer.branch, manager=customer.manager, now=now, **values)
        request = propose_merge(
            survivor=survivor, loser=loser, choices=dict.fromkeys(values, "loser"), proposer=proposer,
            reason_text="同一客户", now=now,
        )  # fmt: skip
        decide_matter(request=request, actor=request.assignee, accept=True, now=now)
        found[place]["merge"] = request.merge


def merge_arguments(found: dict) -> dict:
    """By the names of the pages, what stands in their addresses."""
    return {
        "stewardship:merge": {"number": found["customer"].number},
        "stewardship:merge_undo": {"pk": found["merge"].pk},
    }
