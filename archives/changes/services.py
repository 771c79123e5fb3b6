"""The verbs of change requests, for whoever asks from outside the topic."""

from archives.changes.deciding import decide_change, decide_many
from archives.changes.matters import decide_matter, propose_matter
from archives.changes.proposing import propose_change, resubmit_change, withdraw_change
from archives.changes.routing import reroute_open

__all__ = [
    "decide_change",
    "decide_many",
    "decide_matter",
    "propose_change",
    "propose_matter",
    "reroute_open",
    "resubmit_change",
    "withdraw_change",
]
