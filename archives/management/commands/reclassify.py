"""A quarter's reclassification from a shell: the ledger's own job, or a dry run under any thresholds."""

import csv
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from archives.accounts.averages import unconverted
from archives.classification import running
from archives.classification.computing import COLUMNS, Question
from archives.classification.coverage import missing_days
from archives.classification.labels import LADDERS, label_of
from archives.classification.models import Proposal, Run, Verdict
from archives.classification.schemes import scheme_for, steps_from, steps_of
from archives.classification.simulating import computed_rows
from archives.customers.codes import Kind
from archives.customers.models import Customer
from crm.jobs.models import JobRun
from crm.jobs.services import run_again, run_job
from crm.lib.dates import Quarter
from crm.lib.money import from_cents, to_cents
from crm.lib.refusals import Refused


class Command(BaseCommand):
    help = (
        "reclassify 2026Q3: propose classes from the quarter's daily average deposits, as the calendar's job does. "
        "With --dry-run nothing is written, and --thresholds, --source, --since, --no-new-rule try other terms."
    )

    def add_arguments(self, parser):
        parser.add_argument("quarter")
        parser.add_argument("--dry-run", action="store_true", help="compute and print; write nothing")
        parser.add_argument(
            "--thresholds", type=Path, help="JSON or CSV (code,floor in yuan[,kind][,grace]); with --dry-run"
        )
        parser.add_argument("--csv", type=Path, help="customer, old, new, verdict, average, closing of everybody")
        parser.add_argument("--kind", choices=Kind.values, help="print and write only persons (P) or companies (C)")
        parser.add_argument("--no-new-rule", action="store_true", help="assess new customers too; with --dry-run")
        parser.add_argument("--source", default="", help="accounts of one core system; with --dry-run")
        parser.add_argument("--since", help="old classes by the averages of this quarter; with --dry-run")
        parser.add_argument(
            "--confirm", action="store_true", help="apply at once, where the bank does without meetings"
        )

    def handle(self, *, quarter: str, **options):
        found = _quarter(quarter)
        if options["dry_run"]:
            rows = self._dry_run(found, options)
        else:
            only_dry = [name for name in ("thresholds", "no_new_rule", "source", "since") if options[name]]
            if only_dry:
                raise CommandError(f"--{only_dry[0].replace('_', '-')} goes with --dry-run.")
            rows = self._run(found, confirm=options["confirm"])
        self._tell(rows, options["kind"], options["csv"])
        for currency, accounts in unconverted(found.last):
            self.stdout.write(f"{accounts} accounts in {currency} have no rate and are not in these figures")

    def _dry_run(self, quarter: Quarter, options: dict[str, Any]) -> Iterable[dict[str, Any]]:
        for first, last in missing_days(quarter):
            self.stderr.write(f"no deposits are loaded for {first} to {last}")
        try:
            scheme = None if options["thresholds"] else scheme_for(quarter)
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        steps = steps_of(scheme) if scheme else _thresholds(options["thresholds"], options["kind"])
        days = 0 if options["no_new_rule"] else scheme.new_customer_days if scheme else 30
        since = _quarter(options["since"]) if options["since"] else None
        rows = computed_rows(Question(quarter, tuple(steps), days, options["source"], since))
        kinds = {step.kind for step in steps}
        return (row for row in rows if row["kind"] in kinds)

    def _run(self, quarter: Quarter, *, confirm: bool) -> Iterable[dict[str, Any]]:
        if confirm and not running.applies_at_once():
            raise CommandError("Classes are confirmed by the meetings; --confirm needs RECLASSIFICATION_CONFIRM=auto.")
        now = timezone.now()
        ledger = JobRun.objects.filter(job=running.JOB, period=str(quarter)).first()
        if ledger and Run.objects.filter(quarter=str(quarter), state=Run.State.WAITING).exists():
            run_again(run=ledger, actor="reclassify", now=now)
            JobRun.objects.filter(pk=ledger.pk, status=JobRun.Status.WAITING).update(retry_at=None)
        run_job(name=running.JOB, period=str(quarter), now=now)
        run = Run.objects.select_related("scheme").get(quarter=str(quarter))
        if run.state in (Run.State.WAITING, Run.State.COMPUTING):
            raise CommandError(f"{quarter} is not computed: {_why(run)}")
        self.stdout.write(
            f"{quarter}: {run.state}, thresholds version {run.scheme.version}, {run.moved_percent} % of those with a class move"
        )
        return Proposal.objects.filter(run=run).order_by("customer").values(*COLUMNS).iterator(5_000)

    def _tell(self, rows: Iterable[dict[str, Any]], kind: str | None, path: Path | None) -> None:
        """Counts by class and by verdict, while the rows go to the file."""
        wanted = (row for row in rows if kind in (None, row["kind"]))
        classes: Counter = Counter()
        verdicts: Counter = Counter()
        for row in _written(wanted, path) if path else wanted:
            classes[row["kind"], row["override_code"] or row["new_code"]] += 1
            verdicts[row["verdict"]] += 1
        for k in Kind.values:
            for code in [*LADDERS[k], *sorted({c for kk, c in classes if kk == k} - set(LADDERS[k]))]:
                if classes[k, code]:
                    self.stdout.write(f"{k} {code or '-':<12} {classes[k, code]:>10,}  {label_of(code)}")
        for verdict in Verdict.values:
            self.stdout.write(f"{verdict:<14} {verdicts[verdict]:>10,}")
        self.stdout.write(f"{'customers':<14} {sum(verdicts.values()):>10,}")


def _quarter(text: str) -> Quarter:
    try:
        return Quarter.parse(text)
    except ValueError as error:
        raise CommandError(str(error)) from error


def _why(run: Run) -> str:
    if run.missing_days:
        return "no deposits are loaded for " + ", ".join(f"{first} to {last}" for first, last in run.missing_days)
    ledger = JobRun.objects.get(job=running.JOB, period=run.quarter)
    return ledger.error or ("a later quarter is computed already" if ledger.status == "done" else ledger.status)


def _written(rows: Iterable[dict[str, Any]], path: Path) -> Iterable[dict[str, Any]]:
    """`rows`, each written to the file as it passes; a customer by the core system's number where there is one."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["customer", "old", "new", "verdict", "average", "closing"])
        batch: list[dict[str, Any]] = []
        for row in rows:
            batch.append(row)
            if len(batch) == 2_000:
                yield from _batch(out, batch)
                batch = []
        yield from _batch(out, batch)


def _batch(out, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = [row["customer_id"] for row in batch]
    found = Customer.everyone.filter(pk__in=ids).values_list("pk", "core_id", "number")
    names = {pk: core_id.partition(":")[2] if core_id else number for pk, core_id, number in found}
    for row in batch:
        average, closing = from_cents(row["average_cents"]), from_cents(row["closing_cents"])
        new = row["override_code"] or row["new_code"]
        out.writerow([names[row["customer_id"]], row["old_code"], new, row["verdict"], average, closing])
    return batch


def _thresholds(path: Path, kind: str | None):
    """Steps of a file: a list of {code, floor} (JSON, or {code: floor}), or CSV with these columns; floors in yuan."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = _from_json(json.loads(text)) if text.lstrip().startswith(("[", "{")) else _from_csv(text)
        levels = [_level(row, kind) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path.name} cannot be read as thresholds (code,floor in yuan): {error}") from error
    if len({(level["kind"], level["floor_cents"]) for level in levels}) < len(levels) or not levels:
        raise CommandError(f"{path.name}: two classes of one kind share a floor, or there is none.")
    return steps_from(levels)


def _from_json(found) -> list[dict[str, Any]]:
    return [{"code": code, "floor": floor} for code, floor in found.items()] if isinstance(found, dict) else found


def _from_csv(text: str) -> list[dict[str, Any]]:
    lines = [line for line in text.splitlines() if line.strip()]
    if "code" not in lines[0].lower():
        lines.insert(0, "code,floor")
    return list(csv.DictReader(lines, skipinitialspace=True))


def _level(row: dict[str, Any], kind: str | None) -> dict[str, Any]:
    code = str(row["code"]).strip()
    known = next((k for k, ladder in LADDERS.items() if code in ladder), None)
    kind = row.get("kind") or known or kind
    if kind not in Kind.values or not 0 < len(code) <= 12:
        raise ValueError(f"{code}: say by --kind or a column kind whether it is of persons (P) or companies (C)")
    cents = to_cents(str(row["floor"]).replace(",", "").strip())
    return {"kind": kind, "code": code, "floor_cents": cents, "grace_quarters": int(row.get("grace") or 1)}
