"""Index of the app's tables; others import from here."""

from archives.accounts.models import Account, AccountHolder, ExchangeRate, Posting
from archives.changes.models import ChangeEvent, ChangeItem, ChangeRequest, Evidence, Modification
from archives.customers.models import Customer, CustomerFigures
from archives.customers.parts import (
    PARTS,
    Address,
    BeneficialOwner,
    ContactPoint,
    IdentityDocument,
    Preference,
    RelatedPerson,
    Relation,
)
from archives.feeds.models import Difference, FeedFile, FeedLoad, RefusedRow, StagedHolder

__all__ = [
    "PARTS",
    "Account",
    "AccountHolder",
    "Address",
    "BeneficialOwner",
    "ChangeEvent",
    "ChangeItem",
    "ChangeRequest",
    "ContactPoint",
    "Customer",
    "CustomerFigures",
    "Difference",
    "Evidence",
    "ExchangeRate",
    "FeedFile",
    "FeedLoad",
    "IdentityDocument",
    "Modification",
    "Posting",
    "Preference",
    "RefusedRow",
    "RelatedPerson",
    "Relation",
    "StagedHolder",
]
