"""The type of a field catalogue: each personal field is declared once and read by everything that shows it."""

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.functional import Promise

from crm.privacy.masks import MASKS


class Owner(StrEnum):
    CRM = "crm"  # changed by requests
    CORE = "core"  # follows the core banking feed
    SYSTEM = "system"  # kept by the software itself


class Level(StrEnum):
    """JR/T 0171 category; PUBLIC is registry data that anybody may look up."""

    PUBLIC = "public"
    C1 = "C1"
    C2 = "C2"


@dataclass(frozen=True)
class Field:
    key: str
    label: str | Promise
    section: str
    kinds: tuple[str, ...] = ("P",)
    owner: Owner = Owner.CRM
    kind: str = "text"  # text, long, date, choice, phone, mobile, email, id_number, money, number, flag, name
    kyc: bool = False  # one of the mandatory nine, or of the corporate set
    weight: int = 0  # in completeness; 0 does not count
    level: Level = Level.C1
    mask: str = ""
    key_field: bool = False  # name, identity: evidence needed, never filled without approval
    choices: type | None = None
    max_length: int = 200
    help: str | Promise = ""
    encrypted: bool = False

    def masked(self, text: str) -> str:
        return MASKS[self.mask](text)


@dataclass(frozen=True)
class Catalogue:
    fields: tuple[Field, ...]
    by_key: dict[str, Field] = field(init=False, repr=False)

    def __post_init__(self):
        object.__setattr__(self, "by_key", {f.key: f for f in self.fields})

    def __getitem__(self, key: str) -> Field:
        return self.by_key[key]

    def __contains__(self, key: str) -> bool:
        return key in self.by_key

    def of_kind(self, kind: str) -> list[Field]:
        """Fields of personal ("P") or corporate ("C") customers, in page order."""
        return [f for f in self.fields if kind in f.kinds]
