"""How invented customers earn, spend, save, leave and grow: accounts and their postings."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from crm.workbench.demo.people import Person


@dataclass
class Ledger:
    """One account. `postings` are (day, signed cents, code, memo); `opening_cents` stood before the first of them."""

    kind: str
    opened_on: date
    opening_cents: int = 0
    product: str = ""
    rate: Decimal | None = None
    matures_on: date | None = None
    closed_on: date | None = None
    postings: list[tuple[date, int, str, str]] = field(default_factory=list)

    @property
    def balance_cents(self) -> int:
        return self.opening_cents + sum(posting[1] for posting in self.postings)

    def post(self, day: date, cents: int, code: str, memo: str = "") -> None:
        if day >= self.opened_on:
            self.postings.append((day, cents, code, memo))


def months_between(first: date, last: date) -> list[date]:
    """The first day of each month from `first`'s to `last`'s."""
    day, months = first.replace(day=1), []
    while day <= last:
        months.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return months


def live(rng: random.Random, person: Person, *, first: date, today: date, busy: float) -> list[Ledger]:
    """Accounts of `person` with postings from `first` to `today`; `busy` scales how many there are."""
    current = Ledger("current", person.opened_on, product="活期储蓄" if person.kind == "P" else "单位活期")
    start = max(first, person.opened_on)
    if person.opened_on >= first:
        current.post(start, person.wealth_cents, "deposit", "开户存入")
    else:
        current.opening_cents = person.wealth_cents
    balance = person.wealth_cents
    for month in months_between(start, today):
        for offset, cents, code, memo in _month(rng, person, balance, month, first, busy):
            day = month + timedelta(days=offset)
            if not start < day <= today or balance + cents < 0:
                continue
            current.post(day, cents, code, memo)
            balance += cents
    ledgers = [current]
    if person.life in ("saver", "wealthy", "pension", "company") and rng.random() < 0.6:
        ledgers.append(_time_deposit(rng, person, first, today))
    if person.life == "leaver" and current.balance_cents == 0:
        current.closed_on = today - timedelta(days=2)
    return ledgers


def _month(rng, person: Person, balance: int, month: date, first: date, busy: float):
    """This month's (day offset, cents, code, memo) in a plausible order."""
    plan = PLANS.get(person.life, _salary)
    return sorted(plan(rng, person, balance, month, first, busy), key=lambda row: row[0])


def _spending(rng, cents: int, times: float) -> list:
    count = max(1, round(times))
    return [
        (
            rng.randrange(1, 28),
            -int(cents / count * rng.uniform(0.5, 1.5)),
            "payment",
            rng.choice(("快捷支付", "刷卡消费", "转账")),
        )
        for _ in range(count)
    ]


def _salary(rng, person, balance, month, first, busy):
    pay = 450_000 + hash_of(person) % 1_400_000
    rows = [(10, pay, "payroll", "代发工资")]
    return rows + _spending(rng, pay * rng.uniform(0.6, 1.05), 5 * busy)


def _pension(rng, person, balance, month, first, busy):
    pay = 250_000 + hash_of(person) % 400_000
    return [(15, pay, "pension", "养老金"), *_spending(rng, pay * 0.7, 2 * busy)]


def _student(rng, person, balance, month, first, busy):
    return [(2, 180_000, "transfer_in", "生活费"), *_spending(rng, 170_000, 4 * busy)]


def _merchant(rng, person, balance, month, first, busy):
    turn = person.wealth_cents * rng.uniform(0.2, 0.9)
    incoming = [(rng.randrange(1, 28), int(turn / 4), "transfer_in", "货款") for _ in range(max(1, round(4 * busy)))]
    return incoming + _spending(rng, turn * rng.uniform(0.8, 1.1), 4 * busy)


def _saver(rng, person, balance, month, first, busy):
    saved = int(person.wealth_cents * rng.uniform(0.01, 0.05))
    return [(rng.randrange(1, 20), saved, "deposit", "现金存入"), *_spending(rng, saved * 0.4, 1.5 * busy)]


def _wealthy(rng, person, balance, month, first, busy):
    move = int(person.wealth_cents * rng.uniform(0.03, 0.3))
    sign = 1 if rng.random() < 0.55 else -1
    code, memo = ("transfer_in", "大额转入") if sign > 0 else ("transfer_out", "大额转出")
    return [(rng.randrange(2, 26), sign * move, code, memo), *_spending(rng, move * 0.2, 3 * busy)]


def _leaver(rng, person, balance, month, first, busy):
    gone = (month - first).days / 540
    if gone < hash_of(person) % 60 / 100:
        return _salary(rng, person, balance, month, first, busy)
    if balance < 2_000_000:
        return [(20, -balance, "transfer_out", "转往他行")] if balance else []
    return [(12, -int(balance * 0.5), "transfer_out", "转往他行")]


def _grower(rng, person, balance, month, first, busy):
    step = 1 + (month - first).days / 200
    return [(8, int(900_000 * step), "transfer_in", "经营收入"), *_spending(rng, 500_000 * step, 3 * busy)]


def _company(rng, person, balance, month, first, busy):
    turn = person.wealth_cents * rng.uniform(0.3, 0.8)
    incoming = [(rng.randrange(1, 27), int(turn / 3), "transfer_in", "货款") for _ in range(max(1, round(3 * busy)))]
    return [
        *incoming,
        (15, -int(turn * 0.3), "payroll_out", "代发工资"),
        *_spending(rng, turn * rng.uniform(0.5, 0.75), 3 * busy),
    ]


PLANS = {
    "salary": _salary,
    "pension": _pension,
    "student": _student,
    "merchant": _merchant,
    "saver": _saver,
    "wealthy": _wealthy,
    "leaver": _leaver,
    "grower": _grower,
    "company": _company,
}


def _time_deposit(rng, person: Person, first: date, today: date) -> Ledger:
    opened = max(person.opened_on, today - timedelta(days=rng.randrange(20, 700)))
    years = rng.choice([1, 2, 3])
    cents = max(1_000_000, int(person.wealth_cents * rng.uniform(0.3, 1.2)) // 100_000 * 100_000)
    ledger = Ledger(
        "time",
        opened,
        product="整存整取" if person.kind == "P" else "单位定期",
        rate=Decimal(rng.choice(["1.1000", "1.2000", "1.3500"])),
        matures_on=opened + timedelta(days=365 * years),
    )
    if opened >= first:
        ledger.post(opened, cents, "deposit", "定期存入")
    else:
        ledger.opening_cents = cents
    return ledger


def hash_of(person: Person) -> int:
    """A steady number of this person, the same every month."""
    return person.wealth_cents * 2_654_435_761 % 1_000_003
