from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from crm.workdays.loading import load_years, published_year, published_years, read_csv


class Command(BaseCommand):
    help = "Load holidays and make-up days: a CSV file (date,kind,name), or what chinesecalendar publishes."

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, help="CSV with date,kind,name; kind is holiday or makeup")
        parser.add_argument("--year", type=int, help="only this year; without a file from chinesecalendar")

    def handle(self, *, file, year, **options):
        try:
            for loaded, counts in load_years(days=self.days(file, year), source=self.source(file)).items():
                told = ", ".join(f"{name} {count}" for name, count in counts.items())
                self.stdout.write(f"{loaded}: {told}")
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None

    def days(self, file, year):
        if file is None and year is None:
            raise CommandError("Name a CSV file or --year.")
        if file is None:
            days = published_year(year)
        else:
            if not file.is_file():
                raise CommandError(f"There is no file {file}.")
            days = {day: what for day, what in read_csv(file).items() if year in (None, day.year)}
        if not days:
            known = published_years()
            raise CommandError(
                f"Nothing to load; chinesecalendar knows {known[0]} to {known[-1]}." if known else "Nothing to load."
            )
        return days

    def source(self, file):
        return file.name if file else "chinesecalendar"
