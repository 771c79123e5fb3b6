"""The verbs of retention, for whoever asks from outside the topic."""

from archives.retention.clock import accept_clock, reading, vouched
from archives.retention.deleting import bin_customer, propose_deletion
from archives.retention.due import confirmers, due_deletions
from archives.retention.hanging import Hanging, blockers, hangs_on
from archives.retention.holds import note_legal_retention, open_holds, place_hold, release_hold
from archives.retention.purging import confirm_purge, last_day, refuse_stranger, standing_in_the_way
from archives.retention.restoring import may_restore, restore
from archives.retention.sealing import LegalEnd, legal_end

__all__ = [
    "Hanging",
    "LegalEnd",
    "accept_clock",
    "bin_customer",
    "blockers",
    "confirm_purge",
    "confirmers",
    "due_deletions",
    "hangs_on",
    "last_day",
    "legal_end",
    "may_restore",
    "note_legal_retention",
    "open_holds",
    "place_hold",
    "propose_deletion",
    "reading",
    "refuse_stranger",
    "release_hold",
    "restore",
    "standing_in_the_way",
    "vouched",
]
