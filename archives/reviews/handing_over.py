"""What of meetings follows a customer to a new manager: tasks not done, key attention not assessed."""

from archives.customers.links import Follow
from archives.reviews.models import AgendaItem, KeyCustomer


def open_tasks(user):
    """Agenda items that `user` must still do."""
    return AgendaItem.objects.filter(owner=user, decision=AgendaItem.Decision.TASK, done_on=None)


def pass_tasks_on(keys, outgoing, incoming, now) -> int:
    return open_tasks(outgoing).filter(pk__in=keys).update(owner=incoming)


def open_entries(user):
    """Key-attention entries of `user` whose result no meeting has assessed yet."""
    return KeyCustomer.objects.filter(owner=user, result=KeyCustomer.Result.OPEN)


def pass_entries_on(keys, outgoing, incoming, now) -> int:
    return open_entries(outgoing).filter(pk__in=keys).update(owner=incoming)


ITEMS = Follow(open_tasks, pass_tasks_on)
ENTRIES = Follow(open_entries, pass_entries_on)
