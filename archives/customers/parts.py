"""What a customer has several of: documents, contact points, addresses, people, owners, preferences, relations.

Each row is part of the archive: it is added, changed or removed by a change request, item by item.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from archives.customers import codes
from crm.privacy.encryption import BlindIndexField, EncryptedTextField


class Part(models.Model):
    """A row of an archive. `is_removed` keeps the row for history and hides it from the archive."""

    customer = models.ForeignKey("archives.Customer", models.CASCADE, related_name="%(class)s_rows")
    is_removed = models.BooleanField(default=False)

    class Meta:
        abstract = True
        ordering = ["pk"]


class IdentityDocument(Part):
    """A further document beside the customer's main one."""

    kind = models.CharField(_("document kind"), max_length=20, choices=codes.Document)
    number = EncryptedTextField(_("document number"), purpose="document.number")
    number_index = BlindIndexField(source="number", purpose="id")
    tail_index = BlindIndexField(source="number", purpose="id.tail", tail=4)
    issuer = models.CharField(_("issued by"), max_length=100, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta(Part.Meta):
        verbose_name = _("identity document")
        indexes = [
            models.Index(fields=["number_index"], name="document_number"),
            models.Index(fields=["tail_index"], name="document_tail"),
        ]


class ContactPoint(Part):
    kind = models.CharField(_("kind"), max_length=8, choices=codes.ContactKind)
    value = EncryptedTextField(_("number or address"), purpose="contact.value")
    value_index = BlindIndexField(source="value", purpose="phone")
    tail_index = BlindIndexField(source="value", purpose="phone.tail", tail=4)
    note = models.CharField(_("note"), max_length=100, blank=True)
    history = HistoricalRecords()

    class Meta(Part.Meta):
        verbose_name = _("contact point")
        indexes = [
            models.Index(fields=["value_index"], name="contact_value"),
            models.Index(fields=["tail_index"], name="contact_tail"),
        ]


class Address(Part):
    kind = models.CharField(_("kind"), max_length=8, choices=codes.AddressKind)
    region = models.CharField(_("division code"), max_length=6, blank=True)
    text = models.CharField(_("address"), max_length=200)
    postcode = models.CharField(_("postcode"), max_length=6, blank=True)
    history = HistoricalRecords()

    class Meta(Part.Meta):
        verbose_name = _("address")


class RelatedPerson(Part):
    """A person of a company: legal representative, controller, agent, finance contact."""

    role = models.CharField(_("role"), max_length=20, choices=codes.PersonRole)
    name = models.CharField(_("name"), max_length=60)
    id_kind = models.CharField(_("document kind"), max_length=20, choices=codes.Document, blank=True)
    id_number = EncryptedTextField(_("document number"), purpose="person.id_number")
    id_valid_until = models.DateField(_("valid until"), null=True, blank=True)
    id_permanent = models.BooleanField(_("document valid for good"), default=False)
    phone = EncryptedTextField(_("phone"), purpose="person.phone")
    history = HistoricalRecords()

    class Meta(Part.Meta):
        verbose_name = _("related person")


class BeneficialOwner(Part):
    """受益所有人: who finally owns or controls a company."""

    name = models.CharField(_("name"), max_length=60)
    right = models.CharField(_("kind of right"), max_length=12, choices=codes.OwnerRight)
    percent = models.DecimalField(_("percent"), max_digits=5, decimal_places=2, null=True, blank=True)
    path = models.CharField(_("path of ownership"), max_length=200, blank=True)
    id_kind = models.CharField(_("document kind"), max_length=20, choices=codes.Document, blank=True)
    id_number = EncryptedTextField(_("document number"), purpose="owner.id_number")
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_until = models.DateField(_("until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=10, choices=codes.OwnerSource, default=codes.OwnerSource.CUSTOMER)
    differs_from_registry = models.BooleanField(_("differs from the registry"), default=False)
    history = HistoricalRecords()

    class Meta(Part.Meta):
        verbose_name = _("beneficial owner")
        constraints = [
            models.CheckConstraint(
                condition=Q(percent=None) | Q(percent__gte=0, percent__lte=100),
                name="owner_percent",
                violation_error_message=_("A share lies between 0 and 100 %."),
            ),
        ]


class Preference(Part):
    kind = models.CharField(_("kind"), max_length=12, choices=codes.PreferenceKind)
    value = models.CharField(_("preference"), max_length=200)
    source = models.CharField(_("source"), max_length=10, choices=codes.PreferenceSource)
    noted_on = models.DateField(_("noted on"))
    history = HistoricalRecords()

    class Meta(Part.Meta):
        verbose_name = _("preference")


class Relation(Part):
    """`other` is `role` of `customer`. Stored once; the other side reads it with the opposite role."""

    other = models.ForeignKey(
        "archives.Customer", models.CASCADE, related_name="relation_back_rows", verbose_name=_("related customer")
    )
    role = models.CharField(_("role"), max_length=16, choices=codes.RelationRole)
    note = models.CharField(_("note"), max_length=100, blank=True)
    history = HistoricalRecords()

    class Meta(Part.Meta):
        verbose_name = _("relation")
        constraints = [
            models.CheckConstraint(
                condition=~Q(customer=F("other")),
                name="relation_to_another",
                violation_error_message=_("A customer has no relation to themselves."),
            ),
            models.UniqueConstraint(
                fields=["customer", "other", "role"], condition=Q(is_removed=False), name="one_relation_a_role"
            ),
        ]


PARTS = {
    model._meta.model_name: model
    for model in (IdentityDocument, ContactPoint, Address, RelatedPerson, BeneficialOwner, Preference, Relation)
}
