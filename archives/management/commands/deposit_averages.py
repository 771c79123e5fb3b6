"""Writes each customer's quarterly daily average and closing balance as CSV."""

import csv
from decimal import Decimal
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from archives.accounts.averages import quarter_averages, unconverted
from archives.customers.models import Customer
from crm.lib.dates import Quarter
from crm.lib.money import from_cents


class Command(BaseCommand):
    help = "deposit_averages 1993Q2 --csv FILE: customer, daily average of the quarter, closing balance"

    def add_arguments(self, parser):
        parser.add_argument("quarter")
        parser.add_argument("--csv", type=Path, required=True)
        parser.add_argument("--source", help="only customers of this core system")

    def handle(self, *, quarter, csv: Path, source, **options):
        try:
            period = Quarter.parse(quarter)
        except ValueError as error:
            raise CommandError(str(error)) from error
        numbers = Customer.objects.exclude(accounts=None)
        if source:
            numbers = numbers.filter(core_id__startswith=f"{source}:")
        names = {pk: (core_id, number) for pk, core_id, number in numbers.values_list("pk", "core_id", "number")}
        count, total, closing = self._write(csv, period, names)
        self.stdout.write(f"{count:,} customers, averages {total:,.2f}, closing balances {closing:,.2f}")
        for currency, accounts in unconverted(period.last):
            self.stdout.write(f"{accounts} accounts in {currency} have no rate and are not in these figures")

    def _write(self, path: Path, period: Quarter, names) -> tuple[int, Decimal, Decimal]:
        count, total, closing = 0, Decimal(0), Decimal(0)
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["customer", "daily_average", "closing_balance", "number"])
            for row in quarter_averages(period):
                if row.customer_id not in names:
                    continue
                core_id, number = names[row.customer_id]
                key = core_id.partition(":")[2] if core_id else number
                average, balance = from_cents(row.average_cents), from_cents(row.closing_cents)
                out.writerow([key, average, balance, number])
                count, total, closing = count + 1, total + average, closing + balance
        return count, total, closing
