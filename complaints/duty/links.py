"""What of this topic hangs on a customer (see `archives.customers.links`)."""

from archives.customers.links import DETACH, KEEP, MOVE, Link

LINKS = [Link("complaints", "lobbyevent", "customer", MOVE, KEEP, DETACH, blank=("text",))]
