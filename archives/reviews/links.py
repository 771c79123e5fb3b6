"""What of this topic hangs on a customer (see `archives.customers.links`).

Frozen lists and analyses keep their rows without the person: only the customer number is left.
"""

from archives.customers.links import DETACH, FOLLOW, KEEP, STAY, archive_link
from archives.reviews.handing_over import ENTRIES, ITEMS

LINKS = [
    archive_link("agendaitem", STAY, FOLLOW, DETACH, follow=ITEMS, blank=("note",)),
    archive_link("keycustomer", STAY, FOLLOW, DETACH, follow=ENTRIES, blank=("action", "result_note")),
    archive_link("analysisrow", STAY, KEEP, DETACH),
]
