"""What of this topic hangs on a customer (see `archives.customers.links`)."""

from archives.customers.links import DELETE, KEEP, MOVE, Link

LINKS = [Link("complaints", "supplement", "customer", MOVE, KEEP, DELETE)]
