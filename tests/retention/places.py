"""A customer of whom something stands in every place the house knows: one row of every linked table, files, traces."""

from datetime import date, timedelta
from decimal import Decimal

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import models, transaction

from archives.changes.matters import decide_matter
from archives.changes.proposing import items_of
from archives.changes.services import decide_change, propose_change
from archives.customers.links import OnPurge, links
from archives.customers.services import lock_customer, save_archive
from archives.models import (
    Account,
    Customer,
    Deletion,
    FeedFile,
    FeedLoad,
    IntelligenceFile,
    Posting,
    RefusedRow,
    StagedHolder,
)
from archives.retention.services import propose_deletion
from crm.privacy import log
from crm.privacy.encryption import BlindIndexField
from tests.archives import make_account, make_personal

PDF = b"%PDF-1.4\n"
SERVED = {"changerequest", "deletion", "customerfigures", "account", "accountholder", "modification", "hold"}


class Words:
    """Unique words, one a text field; `said` are all that were given out."""

    def __init__(self):
        self.said: list[str] = []

    def __call__(self, length: int | None = None) -> str:
        word = f"Kanarie{len(self.said):05d}x"
        if length and length < len(word):
            return ""
        self.said.append(word)
        return word


def furnish(customer: Customer, cast, now, words=None) -> Deletion:
    """Fill every place, through the services where there are any, and put the archive into the recycle bin."""
    words = words or Words()
    with transaction.atomic():
        _name(customer, cast["manager"], now, words)
    for link in links():
        if link.model not in SERVED:
            _row(link, customer, cast, words)
    _old_account(customer, words)
    _traces(customer, cast, now, words)
    _requests(customer, cast, now, words)
    request = propose_deletion(
        customer=customer, proposer=cast["teller"], category="dead", reason_text=words(), evidence=[_pdf(words)], now=now
    )  # fmt: skip
    decide_matter(request=request, actor=cast["manager"], accept=True, comment=words(), now=now)
    return Deletion.objects.get(request=request)


def _name(customer: Customer, actor, now, words: Words) -> None:
    """Twice another word in every text of the archive, so that its history has some too."""
    for _time in range(2):
        row = lock_customer(customer.pk)
        for field in row._meta.concrete_fields:
            if _free(field) and field.name not in (
                "core_id",
                "number",
                "missing",
                "pinyin_keys",
                "search_key",
                "pinyin",
                "open_token",
            ):
                setattr(row, field.name, words(field.max_length) or getattr(row, field.name))
        row.core_id = f"test:{words()}"
        save_archive(customer=row, actor=actor, reason=words(), now=now)


def _free(field) -> bool:
    """A text that people or feeds write, not a code."""
    texts = isinstance(field, models.CharField | models.TextField) and not isinstance(field, models.FileField)
    return texts and not field.choices and not isinstance(field, BlindIndexField)


def _row(link, customer: Customer, cast, words: Words):
    """One row of the link's table, an own word in each of its texts; of a row that stays only in those it blanks."""
    model = apps.get_model(link.app, link.model)
    row = model(**{link.field: customer})
    for field in model._meta.concrete_fields:
        if field.name != link.field and not field.primary_key:
            _fill(row, field, link, customer, cast, words)
    row.save(force_insert=True)
    return row


def _fill(row, field, link, customer, cast, words: Words) -> None:
    if field.is_relation:
        setattr(row, field.name, _other(field, customer, cast, words))
    elif _free(field):
        stays = link.purge == OnPurge.DETACH and field.name not in link.blank
        given = field.default if field.has_default() else ""
        text = (f"{field.name}-{customer.pk}"[: field.max_length] if field.name == "key" else given) if stays else words(field.max_length)  # fmt: skip
        setattr(row, field.name, customer.number if stays and "number" in field.name else text)
    elif not field.null and not field.has_default():
        setattr(row, field.name, _value(field, customer.created_at))


def _value(field, moment):
    if field.choices:
        return next(key for key, _label in field.flatchoices if key != "")
    return {
        "DateField": date(2026, 1, 5),
        "DateTimeField": moment,
        "DecimalField": Decimal(1),
        "BooleanField": False,
        "JSONField": {},
    }.get(field.get_internal_type(), 1)


def _other(field, customer: Customer, cast, words: Words):
    """What a foreign key points to: somebody of the cast, another archive, or a row made for it; nobody where it may."""
    target = field.related_model
    if target is Customer:
        return make_personal(branch=customer.branch)
    if target._meta.label == "staff.User":
        return cast["head"] if field.name == "approver" else cast["manager"]
    if target._meta.label == "staff.Branch":
        return customer.branch
    if field.null or target is Deletion:
        return None
    if target._meta.label == "archives.ChangeRequest":
        other = make_personal(branch=customer.branch, manager=cast["manager"])
        return _proposed(other, cast, field.model._meta.model_name)
    return _made(target, customer, cast)


def _made(model, customer: Customer, cast):
    """A plain row of `model`, the same one for whoever asks again."""
    found = model._base_manager.first()
    if found:
        return found
    row = model()
    for field in model._meta.concrete_fields:
        if field.is_relation and not field.null:
            setattr(row, field.name, _other(field, customer, cast, Words()))
        elif not (field.primary_key or field.null or field.has_default() or isinstance(field, models.FileField)):
            setattr(row, field.name, f"p{customer.pk}" if _free(field) else _value(field, customer.created_at))
    if model._meta.label == "archives.HandOver":
        row.supervisor = cast["head"]
    row.save(force_insert=True)
    return row


def _proposed(customer: Customer, cast, why: str):
    return propose_change(
        customer=customer, proposer=cast["teller"], kind="edit", items={"employer": f"{why}厂"}, reason_code="changed",
        reason_text="更正", base_version=customer.version, now=customer.created_at,
    )  # fmt: skip


def _pdf(words: Words) -> ContentFile:
    return ContentFile(PDF + words().encode(), name=f"{words()}.pdf")


def _old_account(customer: Customer, words: Words) -> Account:
    """Closed so long ago that the law does not keep it any more."""
    day = date(2003, 5, 1)
    account = make_account(
        customer=customer, number=words(), product=words(), postings=[(day, 100)], opened_on=day, status="closed", closed_on=day
    )  # fmt: skip
    Posting.objects.update(memo=words(), core_key=words())
    account.holders.create(customer=customer, role="owner")
    return account


def _traces(customer: Customer, cast, now, words: Words) -> None:
    load = FeedLoad.objects.create(profile="x", source="test", folder="x", created_at=now)
    file = FeedFile.objects.create(load=load, profile="x", role="customers", name="x", sha256="0" * 64)
    load.differences.create(account=customer.accounts.get(), day=date(2003, 5, 1), stated_cents=1, computed_cents=2)
    row = Customer.objects.get(pk=customer.pk)
    key = row.core_id.removeprefix("test:")
    for line, value in enumerate((key, row.id_number, row.mobile, row.name, row.uscc)):
        RefusedRow.objects.create(file=file, line=line, reason="x", raw=f"{value},0101,x")
    RefusedRow.objects.create(file=file, line=99, reason="x", raw="somebody else,0101,y")
    StagedHolder.objects.create(source="test", account_key="A", customer_key=key, is_owner=True)
    log.record("reveal", actor=cast["manager"], obj_type="customer", obj_id=row.pk, label=row.number, reason=words(), now=now)  # fmt: skip
    linked = row.intelligence_links.get().item
    IntelligenceFile.objects.create(
        item=linked, name="x.pdf", file="intelligence/x.pdf", size=1, sha256="0" * 64, uploaded_by=cast["teller"], uploaded_at=now
    )  # fmt: skip


def _requests(customer: Customer, cast, now, words: Words) -> None:
    """One approved with evidence, one rejected, one that the deletion ends."""
    for n, choice in enumerate(("accept", "reject", None)):
        customer.refresh_from_db()
        request = propose_change(
            customer=customer, proposer=cast["teller"], kind="edit", items={"employer": words()}, reason_code="changed",
            reason_text=words(), evidence=[_pdf(words)], base_version=customer.version, now=now + timedelta(seconds=n),
            part_items=[("address", 0, {"kind": "home", "text": f"临江市{words()}路一号"})],
        )  # fmt: skip
        if choice:
            decisions = {item.pk: (choice, words()) for item in items_of(request)}
            decide_change(request=request, actor=cast["manager"], decisions=decisions, comment=words(), now=now)
