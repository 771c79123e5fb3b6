"""What of this topic hangs on a customer (see `archives.customers.links`), and what hangs on a case, of every topic.

A purge leaves the case for the counts, with its number, codes, days and amounts, and takes what anybody wrote in it.
"""

from archives.customers.links import DELETE, DETACH, KEEP, MOVE, Below, Link

BELOW = (
    Below("party", "case", gone=True),
    Below("casefile", "case", files=("file",), gone=True),
    Below("supplement", "case", gone=True),
    Below("caseevent", "case", blank=("reason",)),
    Below("respondent", "case", blank=("note",)),
    Below("recusal", "case", blank=("reason",)),
    Below("lobbyevent", "case", blank=("text",)),
    Below("acknowledgement", "case", blank=("note",)),
    Below("pause", "case", blank=("note", "comment")),
    Below("extension", "case", blank=("reason", "comment")),
    Below("clockshift", "clock__case", blank=("reason",)),
    Below("contact", "case", blank=("note",)),
    Below("delegation", "case", blank=("reason",)),
    Below(
        "investigation", "case", blank=("facts", "evidence", "root", "measures", "document_sha256"), files=("document",)
    ),
    Below("resolution", "case", blank=("text",)),
    Below("redress", "case", blank=("reason", "comment")),
    Below("apology", "case", blank=("note",)),
    Below("reply", "case", blank=("facts", "basis", "decision", "remedies", "document_sha256"), files=("document",)),
    Below("callback", "case", blank=("note",)),
    Below("review", "case", blank=("asked_text", "reasons")),
    Below("withdrawal", "case", blank=("note",)),
    Below("transfer", "case", blank=("note",)),
    Below("briefingcase", "case", blank=("lesson",)),
)
LINKS = [
    Link(
        "complaints", "case", "customer", MOVE, KEEP, DETACH, blank=("facts", "demand", "product"), below=BELOW, logged="case"
    ),
    Link("complaints", "party", "customer", MOVE, KEEP, DELETE),
]  # fmt: skip
