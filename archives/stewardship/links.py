"""What of this topic hangs on a customer (see `archives.customers.links`)."""

from archives.customers.links import DELETE, DETACH, KEEP, MOVE, STAY, archive_link

LINKS = [
    archive_link("merge", MOVE, KEEP, DELETE, field="survivor"),
    archive_link("merge", STAY, KEEP, DETACH, field="loser", blank=("undo_reason",)),
    archive_link("handoverline", STAY, KEEP, DELETE),
]
