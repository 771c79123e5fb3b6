"""System checks: every field stands in the catalogue, and nothing of identity is filled without approval."""

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, register

from archives.customers.fields import BOOKKEEPING, CUSTOMER_FIELDS, EDITABLE, PART_FIELDS
from archives.retention.rules import FLOOR_DAYS

PART_BOOKKEEPING = {"id", "customer", "is_removed", "number_index", "tail_index", "value_index"}


def uncatalogued(model, known, bookkeeping) -> list[str]:
    return [f.name for f in model._meta.concrete_fields if f.name not in known and f.name not in bookkeeping]


@register()
def every_field_is_catalogued(app_configs, **kwargs):
    errors = []
    for name in uncatalogued(apps.get_model("archives", "Customer"), CUSTOMER_FIELDS, BOOKKEEPING):
        errors.append(
            Error(f"Customer.{name} is not in the field catalogue (archives/customers/fields.py).", id="archives.E001")
        )
    for part, fields in PART_FIELDS.items():
        for name in uncatalogued(apps.get_model("archives", part), fields, PART_BOOKKEEPING):
            errors.append(
                Error(
                    f"{part}.{name} is not in the field catalogue (archives/customers/fields.py).", id="archives.E002"
                )
            )
    return errors


@register()
def identity_is_never_filled_without_approval(app_configs, **kwargs):
    bad = [
        key
        for key in settings.ARCHIVE_FILL_WITHOUT_APPROVAL
        if key not in EDITABLE or CUSTOMER_FIELDS[key].key_field or CUSTOMER_FIELDS[key].kyc
    ]
    return [Error(f"ARCHIVE_FILL_WITHOUT_APPROVAL may not name {key}.", id="archives.E003") for key in bad]


@register()
def deleted_archives_are_kept_for_a_month(app_configs, **kwargs):
    if settings.RETENTION_DAYS >= FLOOR_DAYS:
        return []
    return [Error(f"RETENTION_DAYS may not be less than {FLOOR_DAYS}.", id="archives.E004")]
