"""What of this topic hangs on a customer (see `archives.customers.links`)."""

from archives.customers.links import DELETE, KEEP, MOVE, SEAL, STAY, archive_link

LINKS = [
    archive_link("deletion", STAY, KEEP, DELETE),
    archive_link("hold", MOVE, KEEP, DELETE),
    archive_link("legalretention", MOVE, KEEP, SEAL),
    archive_link("deadsign", MOVE, KEEP, DELETE),
    archive_link("deadcandidate", STAY, KEEP, DELETE),
]
