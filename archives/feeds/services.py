"""Loading a delivery of feed files: streaming, in batches of one transaction each, resumable, idempotent."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Min
from django.utils.translation import gettext as _

from archives.accounts.figures import refresh_figures
from archives.accounts.models import Account, Posting
from archives.feeds.context import Context, Tally, branches_by_district
from archives.feeds.models import FeedFile, FeedLoad, RefusedRow
from archives.feeds.parsing import BadValue, Reader
from archives.feeds.profiles import ProfileError, load_profile
from archives.feeds.reading import digest, header_of, lines, plain
from archives.feeds.reconciling import reconcile
from archives.feeds.writing import WRITERS
from crm.jobs.models import JobRun
from crm.lib.dates import local_day
from crm.lib.tabular import TabularError

BATCH = 2_000
Report = Callable[[FeedFile | None], None]


class Overtaken(RuntimeError):
    """Another worker goes on with this load; nothing of this batch was written."""


def start_load(
    *, profile: str, folder: Path, actor, now: datetime, covers: tuple[date, date] | None = None, default_branch: str = ""
) -> FeedLoad:  # fmt: skip
    """Register a delivery; nothing is read but the names. Raise ProfileError where nothing fits."""
    description = load_profile(profile)
    if not folder.is_dir():
        raise ProfileError(_("The folder %(folder)s does not exist.") % {"folder": folder.name})
    description.files(folder)
    return FeedLoad.objects.create(
        profile=profile,
        source=description.source,
        folder=str(folder.resolve()),
        covers_from=covers[0] if covers else None,
        covers_until=covers[1] if covers else None,
        default_branch=default_branch,
        started_by=actor,
        created_at=now,
    )


def run_load(*, load: FeedLoad, now: datetime, report: Report = lambda file: None) -> FeedLoad:
    """Load what is not loaded yet; after a kill, go on behind the last finished batch.

    `report` is called after each batch, outside its transaction, and with None while balances are
    compared. The load ends done, partly (rows refused) or failed.
    """
    FeedLoad.objects.filter(pk=load.pk).update(status=FeedLoad.Status.RUNNING, error="")
    try:
        profile = load_profile(load.profile)
        branches = branches_by_district(load.default_branch)
        context = Context(profile, load, now, local_day(now), branches, late_before=_late_before(load))
        for role, path in profile.files(Path(load.folder)):
            _load_file(context, role, path, report)
    except (TabularError, ProfileError, OSError, EOFError) as error:
        load.status, load.error = FeedLoad.Status.FAILED, _told(error)
        load.save(update_fields=["status", "error"])
        return load
    return _finish(context, report)


def _told(error: Exception) -> str:
    if isinstance(error, (TabularError, ProfileError)):
        return str(error)[:500]
    return _("A file could not be read to its end (%(error)s): deliver it again.") % {"error": type(error).__name__}


def _late_before(load: FeedLoad) -> date | None:
    """The first declared day; where none is declared, the day after those that earlier loads covered."""
    if load.covers_from:
        return load.covers_from
    earlier = FeedLoad.objects.filter(source=load.source, finished_at__isnull=False).exclude(pk=load.pk)
    last = earlier.aggregate(last=Max("covers_until"))["last"]
    return last + timedelta(days=1) if last else None


def _load_file(context: Context, role: str, path: Path, report: Report) -> None:
    file = _registered(context, role, path)
    if file.is_done:
        return
    reader = Reader(context.profile, role, context.today)
    with plain(path) as text:
        options: dict[str, Any] = {"delimiter": context.profile.delimiter, "encoding": context.profile.encoding}
        if not file.header:
            file.header = context.profile.delimiter.join(header_of(text, **options))
        batch = []
        for line in lines(text, after=file.line, **options):
            batch.append(line)
            if len(batch) == BATCH:
                _write_batch(context, role, file, reader, batch)
                report(file)
                batch = []
        _write_batch(context, role, file, reader, batch, last=True)
        report(file)


def _registered(context: Context, role: str, path: Path) -> FeedFile:
    """The file's row in this load; a file that an earlier load has taken in whole is only noted.

    Where that load refused rows or broke off, the file is read again: what was wrong may lie outside it
    (a district without branch, a file that came late), and known rows change nothing.
    """
    sha = digest(path)
    known = {"profile": context.profile.name, "sha256": sha}
    mine = FeedFile.objects.filter(load=context.load, role=role, **known).first()
    if mine:
        return mine
    fresh = FeedFile(load=context.load, role=role, name=path.name[:120], size=path.stat().st_size, **known)
    earlier = FeedFile.objects.select_related("load").filter(is_repeat=False, **known).first()
    if earlier is not None and not earlier.is_done and not _is_dead(earlier.load):
        raise ProfileError(
            _("%(name)s is being loaded by load %(n)s: let it finish.") % {"name": path.name, "n": earlier.load_id}
        )
    if earlier is not None:
        fresh.is_repeat = True
        fresh.is_done = earlier.is_done and not earlier.refused
        fresh.same = earlier.rows if fresh.is_done else 0
    try:
        with transaction.atomic():
            fresh.save()
    except IntegrityError as error:
        raise ProfileError(
            _("%(name)s is being loaded by another load: let it finish.") % {"name": path.name}
        ) from error
    return fresh


def _is_dead(load: FeedLoad) -> bool:
    """Nobody goes on with it: it failed, or its job was given up."""
    gone = JobRun.objects.filter(job="import-feed", period=str(load.pk), status=JobRun.Status.DEAD)
    return load.status == FeedLoad.Status.FAILED or gone.exists()


@transaction.atomic
def _write_batch(
    context: Context, role: str, file: FeedFile, reader: Reader, batch: list, *, last: bool = False
) -> None:
    parsed, tally = [], Tally()
    for line in batch:
        try:
            if line.cells is None:
                raise BadValue("", line.problem)
            parsed.append((line.number, reader.read(line.cells)))
        except BadValue as error:
            tally.refuse(line.number, error)
    written = WRITERS[role](context, parsed) if parsed else Tally()
    raw = {line.number: line.raw for line in batch}
    refusals = tally.refused + written.refused
    RefusedRow.objects.bulk_create(
        [
            RefusedRow(file=file, line=n, column=column[:60], reason=str(reason)[:300], raw=raw[n])
            for n, column, reason in refusals
        ]
    )
    behind = file.line
    file.line = batch[-1].number if batch else file.line
    file.rows += len(batch)
    for name in ("added", "changed", "same", "late"):
        setattr(file, name, getattr(file, name) + getattr(written, name))
    file.refused += len(refusals)
    file.is_done = last
    _move_on(file, behind)


def _move_on(file: FeedFile, behind: int) -> None:
    """Store the position with the rows, if it still is where this worker left it."""
    columns = ("line", "rows", "added", "changed", "same", "late", "refused", "is_done", "header")
    moved = FeedFile.objects.filter(pk=file.pk, line=behind, is_done=False).update(
        **{name: getattr(file, name) for name in columns}
    )
    if not moved:
        raise Overtaken(file.name)


def _finish(context: Context, report: Report) -> FeedLoad:
    load = context.load
    files = list(load.files.all())
    load.counts = {
        name: sum(getattr(file, name) for file in files)
        for name in ("rows", "added", "changed", "same", "late", "refused")
    }
    _cover(load)
    reconcile(load=load, report=lambda: report(None))
    refresh_figures(today=context.today)
    load.status = FeedLoad.Status.PARTLY if load.counts["refused"] else FeedLoad.Status.DONE
    load.finished_at = context.now
    load.save()
    return load


def _cover(load: FeedLoad) -> None:
    """The days a load covers: as declared, else to the last posting. Balances are as of its last day."""
    if load.covers_until is None:
        postings = Posting.objects.filter(account__source=load.source)
        days = postings.aggregate(first=Min("booked_on"), last=Max("booked_on"))
        load.covers_from, load.covers_until = load.covers_from or days["first"], days["last"]
    if load.covers_until:
        stale = Account.objects.filter(source=load.source)
        stale.filter(balance_on=None).update(balance_on=load.covers_until)
        stale.filter(balance_on__lt=load.covers_until).update(balance_on=load.covers_until)
