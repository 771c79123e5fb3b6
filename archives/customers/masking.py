"""Who reads which value plain. Everything sensitive is masked for everybody until it is revealed with a reason."""

from archives.customers.fields import CUSTOMER_FIELDS, PART_FIELDS
from archives.customers.values import shown
from crm.lib.blanks import is_blank
from crm.privacy.catalogue import Field, Level
from crm.privacy.masks import mask_email

NAME_RIGHT = "archives.view_customer_name"


def may_read(user, customer, field: Field) -> bool:
    """Plain without a reason: public registry data, unmasked fields, and names to those who serve."""
    if not field.mask or field.level == Level.PUBLIC:
        return True
    if field.mask == "name":
        return user.has_perm(NAME_RIGHT) or (field is CUSTOMER_FIELDS["name"] and _is_company(customer))
    return False


def _is_company(customer) -> bool:
    """Its own name is public; the people of a company are persons like others."""
    return customer is not None and customer.kind == "C"


def may_reveal(user, customer, field: Field) -> bool:
    return bool(field.mask) and user.has_perm("archives.reveal_field") and not may_read(user, customer, field)


def present(field: Field, text: str, *, user, customer, revealed: frozenset[str] = frozenset()) -> str:
    """`text` (canonical) as `user` may see it, choices as labels."""
    if not text:
        return ""
    if may_read(user, customer, field) or field.key in revealed:
        return shown(field, text)
    if field.mask == "phone" and "@" in text:
        return mask_email(text)
    return field.masked(text)


def name_for(user, customer) -> str:
    """The name as `user` may see it; the number where there is none."""
    if not customer.name:
        return customer.number
    return present(CUSTOMER_FIELDS["name"], customer.name, user=user, customer=customer)


def row_summary(part: str, values: dict[str, str], *, user, customer=None) -> str:
    """A row of a part in one line, as `user` may see it."""
    pieces = []
    for field in PART_FIELDS[part].fields:
        text = values.get(field.key, "")
        if text and not is_blank(text):
            pieces.append(present(field, text, user=user, customer=customer))
    return " · ".join(pieces)
