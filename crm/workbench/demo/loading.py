"""Writes the invented bank set-based: rows in bulk, history by INSERT … SELECT in the same transaction."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice

from django.db import transaction
from django.utils import timezone
from stdnum import luhn

from archives.customers.bulk import derive, open_many, write_history
from archives.customers.numbers import number_of
from archives.feeds.postgresql import insert_postings
from archives.models import (
    Account,
    BeneficialOwner,
    Customer,
    Posting,
    Preference,
    RelatedPerson,
)
from crm.privacy.encryption import blind_index
from crm.staff.models import Branch, User
from crm.staff.roles import Role
from crm.workbench.demo.lives import Ledger, live
from crm.workbench.demo.people import Person, company, person

CHUNK = 2_000
CORE = "tianhua"


@dataclass
class Plan:
    """What to make: `customers` in all, a fifth of them companies, `busy` scaling their postings."""

    customers: int
    seed: int
    today: date
    busy: float = 1.0

    @property
    def first(self) -> date:
        """Eighteen months back; half a year in the large bank, which is made for measuring."""
        return (self.today - timedelta(days=548 if self.busy >= 1 else 183)).replace(day=1)


def chunks(rows: Iterator, size: int) -> Iterator[list]:
    while batch := list(islice(rows, size)):
        yield batch


def invent(plan: Plan) -> Iterator[Person]:
    rng = random.Random(plan.seed)
    for i in range(plan.customers):
        yield company(rng, i, plan.today) if i % 5 == 4 else person(rng, i, plan.today)


def load_customers(*, plan: Plan, outlets: list[Branch], now: datetime, report) -> None:
    """Customers with parts, accounts and postings, a transaction a chunk."""
    rng = random.Random(plan.seed + 1)
    managers = {o.pk: list(User.objects.at(o).with_role(Role.MANAGER)) for o in outlets}
    done = 0
    for batch in chunks(invent(plan), CHUNK):
        with transaction.atomic():
            customers = [_customer(rng, p, done + i, outlets, managers, now) for i, p in enumerate(batch)]
            open_many(customers, reason="demo", now=now)
            _write_parts(batch, customers, now)
            _write_money(rng, plan, batch, customers)
        done += len(batch)
        report(done, plan.customers)


def _customer(rng, found: Person, index: int, outlets, managers, now) -> Customer:
    outlet = outlets[rng.randrange(len(outlets))]
    manager = rng.choice(managers[outlet.pk]) if rng.random() > 0.03 else None
    row = Customer(
        number=number_of(found.kind, index + 1),
        kind=found.kind,
        branch=outlet,
        manager=manager,
        core_id=f"{CORE}:{index + 1:09d}",
        source="core",
        opened_on=found.opened_on,
        created_at=timezone.make_aware(datetime.combine(found.opened_on, time(10))),
        last_contact_on=now.date() - timedelta(days=rng.randrange(1, 200)) if rng.random() < 0.7 else None,
        **found.values,
    )
    people = {f"person:{p['role']}" for p in found.people} | ({"owner"} if found.owners else set())
    return derive(row, people)


def _write_parts(batch: list[Person], customers: list[Customer], now: datetime) -> None:
    for model, attribute in ((RelatedPerson, "people"), (BeneficialOwner, "owners"), (Preference, "preferences")):
        rows = [model(customer=c, **v) for p, c in zip(batch, customers, strict=True) for v in getattr(p, attribute)]
        if rows:
            model.objects.bulk_create(rows)
            write_history(model, [row.pk for row in rows], kind="+", reason="demo", now=now)


def _write_money(rng, plan: Plan, batch: list[Person], customers: list[Customer]) -> None:
    accounts, ledgers = [], []
    for found, customer in zip(batch, customers, strict=True):
        for order, ledger in enumerate(live(rng, found, first=plan.first, today=plan.today, busy=plan.busy)):
            accounts.append(_account(customer, ledger, order, plan.today))
            ledgers.append(ledger)
    Account.objects.bulk_create(accounts)
    night = timezone.make_aware(datetime.combine(plan.today, time(1)))
    write_history(Account, [account.pk for account in accounts], kind="+", reason="demo", now=night)
    _write_postings(accounts, ledgers, plan.today)


def _account(customer: Customer, ledger: Ledger, order: int, today: date) -> Account:
    number = f"6230{customer.pk % 10**10:010d}{order:02d}"
    number += luhn.calc_check_digit(number)
    return Account(
        customer=customer,
        source=CORE,
        core_key=blind_index(number, purpose="core_key"),
        number=number,
        tail=number[-4:],
        kind=ledger.kind,
        product=ledger.product,
        opened_on=ledger.opened_on,
        closed_on=ledger.closed_on,
        status="closed" if ledger.closed_on else "open",
        rate=ledger.rate,
        matures_on=ledger.matures_on,
        opening_cents=ledger.opening_cents,
        balance_cents=ledger.balance_cents,
        balance_on=today,
    )


def _write_postings(accounts: list[Account], ledgers: list[Ledger], today: date) -> None:
    batch = []
    for account, ledger in zip(accounts, ledgers, strict=True):
        batch += [_posting(account.pk, str(i), *row) for i, row in enumerate(_running(ledger))]
        if len(batch) > 20_000:
            insert_postings(batch)
            batch = []
    insert_postings(batch)


def _running(ledger: Ledger):
    balance = ledger.opening_cents
    for day, cents, code, memo in sorted(ledger.postings, key=lambda p: p[0]):
        balance += cents
        yield day, cents, code, memo, balance


def _posting(account_id, core_key, day, cents, code, memo, balance) -> Posting:
    return Posting(
        account_id=account_id,
        core_key=core_key,
        booked_on=day,
        amount_cents=cents,
        code=code,
        memo=memo,
        stated_cents=balance,
        loaded_on=day + timedelta(days=1),
    )
