"""What of this topic hangs on a customer (see `archives.customers.links`)."""

from archives.customers.links import DELETE, KEEP, MOVE, archive_link

LINKS = [archive_link("intelligencecustomer", MOVE, KEEP, DELETE)]
