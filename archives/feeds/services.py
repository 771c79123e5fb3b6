"""Loading a delivery of feed files: streaming, in batches of one transaction each, resumable, idempotent."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from archives.accounts.figures import refresh_figures
from archives.accounts.models import Account
from archives.feeds.models import FeedFile, FeedLoad, RefusedRow
from archives.feeds.parsing import BadValue, Reader
from archives.feeds.profiles import ProfileError, load_profile
from archives.feeds.reading import digest, header_of, lines, plain
from archives.feeds.reconciling import reconcile
from archives.feeds.writing import WRITERS, Context, Tally, branches_by_district
from crm.lib.dates import local_day
from crm.lib.tabular import TabularError

BATCH = 2_000
Report = Callable[[FeedFile], None]


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
        folder=str(folder),
        covers_from=covers[0] if covers else None,
        covers_until=covers[1] if covers else None,
        default_branch=default_branch,
        started_by=actor,
        created_at=now,
    )


def run_load(*, load: FeedLoad, now: datetime, report: Report = lambda file: None) -> FeedLoad:
    """Load what is not loaded yet; after a kill, go on behind the last finished batch.

    `report` is called after each batch, outside its transaction. The load ends done, partly (rows refused) or failed.
    """
    profile = load_profile(load.profile)
    FeedLoad.objects.filter(pk=load.pk).update(status=FeedLoad.Status.RUNNING, error="")
    context = Context(profile, load, now, local_day(now), branches_by_district(load.default_branch))
    try:
        for role, path in profile.files(Path(load.folder)):
            _load_file(context, role, path, report)
    except (TabularError, ProfileError) as error:
        load.status, load.error = FeedLoad.Status.FAILED, str(error)[:500]
        load.save(update_fields=["status", "error"])
        return load
    return _finish(context)


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
    """The file's row in this load; a file that an earlier load has taken in is only noted."""
    sha = digest(path)
    known = {"profile": context.profile.name, "sha256": sha}
    mine = FeedFile.objects.filter(load=context.load, role=role, **known).first()
    if mine:
        return mine
    fresh = FeedFile(load=context.load, role=role, name=path.name, size=path.stat().st_size, **known)
    earlier = FeedFile.objects.filter(is_repeat=False, **known).first()
    if earlier is not None and not earlier.is_done:
        raise ProfileError(
            _("%(name)s is being loaded by load %(n)s: let it finish.") % {"name": path.name, "n": earlier.load_id}
        )
    if earlier is not None:
        fresh.is_repeat = fresh.is_done = True
        fresh.same = earlier.rows
    try:
        with transaction.atomic():
            fresh.save()
    except IntegrityError as error:
        raise ProfileError(
            _("%(name)s is being loaded by another load: let it finish.") % {"name": path.name}
        ) from error
    return fresh


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
    file.line = batch[-1].number if batch else file.line
    file.rows += len(batch)
    for name in ("added", "changed", "same", "late"):
        setattr(file, name, getattr(file, name) + getattr(written, name))
    file.refused += len(refusals)
    file.is_done = last
    file.save()


def _finish(context: Context) -> FeedLoad:
    load = context.load
    files = list(load.files.all())
    load.counts = {
        name: sum(getattr(file, name) for file in files)
        for name in ("rows", "added", "changed", "same", "late", "refused")
    }
    _cover(load)
    reconcile(load=load)
    refresh_figures(today=context.today)
    load.status = FeedLoad.Status.PARTLY if load.counts["refused"] else FeedLoad.Status.DONE
    load.finished_at = context.now
    load.save()
    return load


def _cover(load: FeedLoad) -> None:
    """The days a load covers: as declared, else to the last posting. Balances are as of its last day."""
    if load.covers_until is None:
        from django.db.models import Max, Min

        from archives.accounts.models import Posting

        days = Posting.objects.filter(account__source=load.source).aggregate(
            first=Min("booked_on"), last=Max("booked_on")
        )
        load.covers_from, load.covers_until = load.covers_from or days["first"], days["last"]
    if load.covers_until:
        stale = Account.objects.filter(source=load.source)
        stale.filter(balance_on=None).update(balance_on=load.covers_until)
        stale.filter(balance_on__lt=load.covers_until).update(balance_on=load.covers_until)
