"""What of this topic hangs on a customer (see `archives.customers.links`)."""

from archives.customers.links import DELETE, DETACH, KEEP, MOVE, Link

LINKS = [
    Link("complaints", "case", "customer", MOVE, KEEP, DETACH, blank=("facts", "demand", "product")),
    Link("complaints", "party", "customer", MOVE, KEEP, DELETE),
]
