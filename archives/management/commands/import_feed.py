"""Loads a folder of deposit files by a feed profile."""

import time
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from archives.feeds.models import FeedLoad
from archives.feeds.profiles import ProfileError
from archives.feeds.services import run_load, start_load
from crm.staff.models import Branch, User


class Command(BaseCommand):
    help = (
        "Load deposit files: import_feed PROFILE FOLDER [--covers 2026-01-01:2026-03-31] [--branch CODE] [--actor NAME]"
    )

    def add_arguments(self, parser):
        parser.add_argument("profile")
        parser.add_argument("folder", type=Path)
        parser.add_argument("--covers", help="days the files cover, FROM:TO")
        parser.add_argument("--branch", default="", help="code of the branch for districts that no branch names")
        parser.add_argument("--actor", default="", help="user name of who starts the load")
        parser.add_argument("--resume", type=int, help="number of an unfinished load to go on with")

    def handle(self, *, profile, folder, covers, branch, actor, resume, **options):
        if branch and not Branch.objects.filter(code=branch).exists():
            raise CommandError(f"There is no branch with code {branch}.")
        if actor and not User.objects.filter(username=actor).exists():
            raise CommandError(f"There is no user called {actor}.")
        now, started = timezone.now(), time.monotonic()
        try:
            load = self._load(profile, folder.resolve(), covers, branch, actor, resume, now)
            load = run_load(load=load, now=now, report=lambda file: self._progress(file, started))
        except ProfileError as error:
            raise CommandError(str(error)) from error
        if load.status == FeedLoad.Status.FAILED:
            raise CommandError(f"Load {load.pk} failed: {load.error}")
        self._summary(load)

    def _load(self, profile, folder, covers, branch, actor, resume, now) -> FeedLoad:
        if resume:
            return self._unfinished(resume)
        unfinished = FeedLoad.objects.filter(profile=profile, folder=str(folder), status="running").first()
        return unfinished or start_load(
            profile=profile,
            folder=folder,
            actor=User.objects.filter(username=actor).first() if actor else None,
            now=now,
            covers=_days(covers),
            default_branch=branch,
        )

    def _unfinished(self, pk: int) -> FeedLoad:
        load = FeedLoad.objects.filter(pk=pk).first()
        if load is None or load.finished_at:
            raise CommandError(f"There is no unfinished load {pk}.")
        return load

    def _progress(self, file, started):
        if file is None:
            return
        rate = file.rows / max(time.monotonic() - started, 0.001)
        self.stdout.write(f"{file.name}: {file.rows:,} rows, {file.refused:,} refused, {rate:,.0f} rows/s")

    def _summary(self, load: FeedLoad):
        self.stdout.write(
            f"Load {load.pk}: {load.get_status_display()}; " + ", ".join(f"{k} {v:,}" for k, v in load.counts.items())
        )
        self.stdout.write(f"Days {load.covers_from} to {load.covers_until}")
        self.stdout.write(
            f"Reconciled {load.accounts_checked:,} accounts, {load.accounts_differing:,} differ; stated {load.stated_cents / 100:,.2f}, computed {load.computed_cents / 100:,.2f}"
        )
        for file in load.files.filter(is_repeat=True, line=0):
            self.stdout.write(f"{file.name} was loaded before: nothing changed")


def _days(text: str | None) -> tuple[date, date] | None:
    if not text:
        return None
    try:
        first, last = (date.fromisoformat(part) for part in text.split(":"))
    except ValueError as error:
        raise CommandError("--covers takes two days: 2026-01-01:2026-03-31") from error
    if last < first:
        raise CommandError("--covers ends before it begins.")
    return first, last
