"""The one service that may delete history: everything of a customer or an intelligence item, stage by stage.

All stages run in the transaction of the confirmation. `STAGES` names them in their order; what a stage removes is
counted by table for the tombstone.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.apps import apps
from django.db.models import QuerySet
from django.db.models.deletion import Collector

from archives.changes.models import ChangeRequest, Evidence, Modification
from archives.customers.links import Link, OnPurge, links
from archives.customers.models import Customer
from archives.customers.numbers import retire
from archives.intelligence.models import Intelligence
from archives.retention.files import remember_files
from archives.retention.hanging import requests_on
from archives.retention.lives import customer_of
from archives.retention.models import Deletion, Tombstone
from archives.retention.traces import sweep_traces
from crm.privacy.models import AccessEvent

CHUNK = 500
REQUESTS = "changerequest"  # go after everything that refers to them


@dataclass
class Shred:
    """What is being purged, and what went so far."""

    deletion: Deletion
    subject: Customer | Intelligence
    actor: object
    now: datetime
    rows: Counter = field(default_factory=Counter)
    files: int = 0

    @property
    def customer(self) -> Customer | None:
        return customer_of(self.subject)


def shred(*, deletion: Deletion, actor, now: datetime) -> Tombstone:
    """Remove everything of `deletion`'s subject and leave a tombstone; call inside the confirmation's transaction."""
    work = Shred(deletion, deletion.subject, actor, now)
    stone = _tombstone(deletion, actor, now)
    for stage in STAGES:
        stage(work)
    stone.rows, stone.files = dict(sorted(work.rows.items())), work.files
    stone.save(force_insert=True)
    return stone


def _tombstone(deletion: Deletion, actor, now: datetime) -> Tombstone:
    request = deletion.request
    return Tombstone(
        kind="customer" if deletion.customer_id else "intelligence",
        number=deletion.number,
        branch=deletion.branch,
        category=deletion.category,
        reason_code=request.reason_code,
        request_number=request.number,
        proposer=deletion.proposer,
        approver=deletion.approver,
        confirmer=actor,
        proposed_at=request.submitted_at,
        approved_at=deletion.approved_at,
        confirmed_at=now,
        purged_at=now,
    )


def name_files(work: Shred) -> None:
    """Evidence of its requests, attachments, papers of what hung on it, for removal after the commit."""
    names = list(Evidence.objects.filter(request__in=_requests(work)).values_list("file", flat=True))
    if work.customer is None:
        names += work.subject.files.values_list("file", flat=True)
    else:
        names += _names_below(work.customer)
    work.files = remember_files(names, work.now)


def _names_below(customer: Customer) -> list[str]:
    return [
        name
        for link in links()
        for below in link.below
        for field in below.files
        for name in link.rows_below(below, [customer.pk]).values_list(field, flat=True)
    ]


def forget_traces(work: Shred) -> None:
    """What mentions it without a foreign key: notices, refused rows, staged holders, reasons in the access log."""
    requests = list(_requests(work).values_list("number", flat=True))
    merged = work.deletion.category == Deletion.MERGED
    work.rows.update(sweep_traces(work.subject, requests, merged=merged))


def detach_others(work: Shred) -> None:
    """Rows that stay without the person, and what of other archives refers to its requests."""
    if work.customer is not None:
        for link in links():
            if link.purge == OnPurge.DETACH:
                _unname_below(link, work)
                link.rows([work.customer.pk]).update(**{link.field: None} | dict.fromkeys(link.blank, ""))
        Modification.objects.filter(request__in=_requests(work)).exclude(customer=work.customer).update(request=None)


def _unname_below(link: Link, work: Shred) -> None:
    """What hangs on rows that stay: texts and files that may name the person go, and reasons for looking at the rows."""
    customers = [work.subject.pk]
    for below in link.below:
        rows = link.rows_below(below, customers)
        if below.gone:
            remove(rows, work.rows)
        else:
            rows.update(**dict.fromkeys((*below.blank, *below.files), ""))
    if link.logged:
        keys = list(link.rows(customers).values_list("pk", flat=True))
        AccessEvent.objects.filter(object_type=link.logged, object_id__in=keys).exclude(reason="").update(reason="")


def delete_rows(work: Shred) -> None:
    """The rows of every link that are deleted or were sealed until now, with their history and their own rows."""
    if work.customer is None:
        remove(Deletion.objects.filter(item=work.subject.pk), work.rows)
        return
    for link in links():
        if link.purge != OnPurge.DETACH and link.model != REQUESTS:
            remove(link.rows([work.customer.pk]), work.rows)
    remove(Deletion.objects.filter(request__in=_requests(work)), work.rows)  # restored ones of merges undone


def delete_requests(work: Shred) -> None:
    remove(_requests(work), work.rows)


def delete_subject(work: Shred) -> None:
    if work.customer is not None:
        retire(work.customer.number, work.customer.kind)
        _unname_history(work.customer)
    remove(type(work.subject).everyone.filter(pk=work.subject.pk), work.rows)


STAGES = [name_files, forget_traces, detach_others, delete_rows, delete_requests, delete_subject]


def _requests(work: Shred) -> QuerySet[ChangeRequest]:
    return requests_on(work.subject)


def remove(rows: QuerySet, counts: Counter) -> None:
    """Delete `rows` and what cascades from them, with the history of all of it."""
    collector = Collector(using=rows.db, origin=rows)
    collector.collect(rows)
    doomed = {model: [row.pk for row in found] for model, found in collector.data.items()}
    for model, keys in doomed.items():
        counts.update(_shred_history(model, keys))
    _total, deleted = collector.delete()
    for model, keys in doomed.items():
        _shred_history(model, keys)  # the rows that tell of the deletion
    counts.update({name.partition(".")[2].lower(): n for name, n in deleted.items() if n})


def _shred_history(model, keys: list) -> Counter:
    if not hasattr(model, "history"):
        return Counter()
    history = model.history.model
    gone = 0
    for start in range(0, len(keys), CHUNK):
        gone += history.objects.filter(**{f"{model._meta.pk.attname}__in": keys[start : start + CHUNK]}).delete()[0]
    return Counter({history._meta.model_name: gone} if gone else {})


def _unname_history(customer: Customer) -> None:
    """Histories of rows that moved to another archive keep their story, without this one."""
    for link in links():
        model = apps.get_model(link.app, link.model)
        if hasattr(model, "history"):
            model.history.filter(**{link.field: customer.pk}).update(**{link.field: None})
