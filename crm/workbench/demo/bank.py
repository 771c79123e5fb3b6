"""The whole demo bank, in order: branches, people, customers and money, then the work in progress."""

import random
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from archives.accounts.figures import refresh_figures
from archives.models import Customer
from crm.lib.dates import local_day
from crm.workbench.demo.complaining import CASES, make_complaints
from crm.workbench.demo.discipline import make_discipline
from crm.workbench.demo.keeping import make_keeping
from crm.workbench.demo.loading import Plan, load_customers
from crm.workbench.demo.multiplying import TEMPLATES, multiply
from crm.workbench.demo.staffing import make_branches, make_staff
from crm.workbench.demo.work import make_work

LARGE = 20_000  # from here on fewer postings each, and no requests beyond the named outlet's


def load_bank(*, customers: int, seed: int, now: datetime, report: Callable[[str], None]) -> None:
    """Fill an empty database. `report` gets a line of progress."""
    today = local_day(now)
    rng = random.Random(seed)
    with transaction.atomic():
        outlets = make_branches()
        people = make_staff(rng=rng, outlets=outlets, password=settings.DEMO_PASSWORD)
    report(f"{len(outlets)} outlets, {len(people)} employees")
    large = customers > LARGE
    templates = min(customers, TEMPLATES) if large and connection.vendor == "postgresql" else customers
    plan = Plan(customers=templates, seed=seed, today=today, busy=0.1 if large else 1.0)
    load_customers(
        plan=plan, outlets=outlets, now=now, report=lambda done, total: report(f"{done:,} of {total:,} customers")
    )
    _date_the_openings()
    refresh_figures(today=today)
    report("balances and averages")
    if customers > templates:
        multiply(total=customers, now=now, report=report)
    make_work(rng=rng, now=now, outlets=outlets)
    report("requests, decisions and absences")
    if not large:
        make_keeping(rng=rng, now=now, report=report)
        count = min(CASES, customers // 10)
        make_complaints(rng=rng, now=now, outlets=outlets, count=count, report=report)
        make_discipline(rng=rng, now=now, outlets=outlets, report=report)


def _date_the_openings() -> None:
    """The first history row of an archive is of the day it was opened, so that its state on any day can be asked."""
    Customer.history.filter(history_type="+").update(history_date=F("created_at"))
