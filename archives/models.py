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
    "Difference",
    "FeedFile",
    "FeedLoad",
    "RefusedRow",
    "StagedHolder",
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
    "Evidence",
    "ExchangeRate",
    "IdentityDocument",
    "Modification",
    "Posting",
    "Preference",
    "RelatedPerson",
    "Relation",
]
