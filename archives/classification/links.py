"""What of this topic hangs on a customer (see `archives.customers.links`)."""

from archives.customers.links import DELETE, KEEP, STAY, archive_link

LINKS = [
    archive_link(model, STAY, KEEP, DELETE)
    for model in ("proposal", "customerclass", "classchange", "override", "latemark")
]
