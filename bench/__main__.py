"""`make bench`: prepares the database, measures, prints a table and writes bench/results.md.

`python -m bench sweep` measures the parts named alone, and only prints.
"""

import logging
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TITLE = "| work | ratio | ours, ms | raw SQL, ms | runs |\n|---|---:|---:|---:|---:|"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    os.environ.setdefault("DEMO", "1")  # the demo's employees sign in with the demo's password
    os.environ.setdefault("STATEMENT_TIMEOUT", "0")
    os.environ.setdefault("DATA_DIR", str(ROOT / "var" / "bench"))
    Path(os.environ["DATA_DIR"]).mkdir(parents=True, exist_ok=True)
    import django

    django.setup()
    from bench import classifying, complaints, reading, sweeping, writing
    from bench.database import facts, prepare

    logging.disable(logging.CRITICAL)
    prepare()
    found = facts()
    head = f"{found['customers']:,} customers, {found['postings']:,} postings. Medians of warm runs; the ratio is ours to raw SQL's."
    print(f"{head}\n\n{TITLE}")
    lines = []
    parts = [reading.listing, reading.searching, reading.archive_page, writing.approval, writing.averages, classifying.reclassification, writing.loading, sweeping.sweep, complaints.cases]  # fmt: skip
    chosen = [part for part in parts if not sys.argv[1:] or part.__name__ in sys.argv[1:]]
    for part in chosen:
        for measure in part():
            lines.append(
                f"| {measure.name} | {measure.ratio:.2f} | {measure.ours * 1000:,.1f} | {measure.raw * 1000:,.1f} | {measure.runs} |"
            )
            print(lines[-1], flush=True)
    if chosen != parts:
        return
    text = "\n".join(["# Results of the last run", "", head, "", TITLE, *lines, ""])
    (ROOT / "bench" / "results.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
