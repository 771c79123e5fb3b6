"""A computed quarter for the worlds of the matrix and of the canaries."""

from archives.reviews.quarterly import open_quarter
from tests.classification.rows import QUARTER, make_run, make_unit, propose

QUARTER_PAGES = ("run", "customers", "release")
VERSION_PAGES = ("scheme", "withdraw_scheme")
CUSTOMER_PAGES = ("override", "end_override")
MEETING_PAGES = ("quarterly", "quarterly_print", "quarterly_document")
MEETING_POSTS = ("quarterly_head", "quarterly_attendance", "quarterly_minutes", "quarterly_cite", "quarterly_confirm", "quarterly_supplement")  # fmt: skip
CLASS_SCOPED = {f"reviews:{name}" for name in MEETING_PAGES + MEETING_POSTS}
CLASS_POST_ONLY = {f"reviews:{name}" for name in MEETING_POSTS}
CLASS_GET_ONLY = {f"reviews:{name}" for name in MEETING_PAGES}


def add_quarter(found: dict, *, bank, now) -> None:
    """Propose a class for the customer of each place, and the meeting of the unit that confirms it."""
    run = make_run(now=now)
    for place, code in (("here", "0101"), ("there", "0201")):
        found[place]["unit"] = make_unit(run=run, branch=bank[code])
        propose(run=run, customer=found[place]["customer"])
        open_quarter(unit=found[place]["unit"], now=now)


def class_arguments(customer) -> dict:
    """By the names of the pages of classes, what stands in their addresses."""
    pages = {f"classification:{name}": {"quarter": QUARTER} for name in QUARTER_PAGES}
    pages |= {f"classification:{name}": {"version": 1} for name in VERSION_PAGES}
    meeting = {"number": f"FX{QUARTER}-{customer.branch.code}"}
    pages |= dict.fromkeys(sorted(CLASS_SCOPED), meeting)
    return pages | {
        f"classification:{name}": {"quarter": QUARTER, "number": customer.number} for name in CUSTOMER_PAGES
    }
