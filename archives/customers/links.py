"""What hangs on a customer, and what becomes of it: every foreign key to a customer declares its policy here or in its
topic's `links.py`. Merge, hand-over and purge read the table; a test finds a foreign key that does not stand in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.apps import apps
from django.db.models import QuerySet


class OnMerge(StrEnum):
    """What happens to rows of the archive that is merged away."""

    MOVE = "move"  # they hang on the remaining archive from now on; undo moves exactly these rows back
    STAY = "stay"  # they tell the story of the archive merged away
    REBUILD = "rebuild"  # computed; computed anew


class OnHandOver(StrEnum):
    """What happens when the customer's manager changes."""

    STAY = "stay"  # belongs to the customer whoever manages them
    FOLLOW = "follow"  # what is open goes to the new manager's queue


class OnPurge(StrEnum):
    DELETE = "delete"  # the rows go, their history and files too
    DETACH = "detach"  # the row stays without the person: only the customer number is left
    SEAL = "seal"  # the law keeps such rows: while there are any, the archive is sealed instead


@dataclass(frozen=True)
class Follow:
    """How what somebody must still do for a customer passes to another person.

    `open_of(user)` gives the rows that wait for `user`, with a `customer`. `pass_on(keys, outgoing, incoming, now)`
    gives those of `keys` that still wait for `outgoing` to `incoming`.
    """

    open_of: Callable[..., QuerySet]
    pass_on: Callable[..., int]


@dataclass(frozen=True)
class Below:
    """A table of `app` whose rows hang by `field` on a detached row and may name the person.

    A purge empties their texts `blank` and removes their `files`; or, with `gone`, the rows themselves.
    """

    model: str
    field: str
    blank: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    gone: bool = False


@dataclass(frozen=True)
class Link:
    """`model` is the model's name in lower case; `field` its foreign key to the customer.

    `follow` of a link whose `hand_over` is FOLLOW; change requests have none: they follow by their routing.
    `blank` are the free texts of a detached row, which may name the person: a purge empties them, and does what
    `below` says with what hangs on it. `logged` is what the access log calls such a row: reasons given there go too.
    """

    app: str
    model: str
    field: str
    merge: OnMerge
    hand_over: OnHandOver
    purge: OnPurge
    follow: Follow | None = None
    blank: tuple[str, ...] = ()
    below: tuple[Below, ...] = ()
    logged: str = ""

    @property
    def key(self) -> str:
        return f"{self.app}.{self.model}.{self.field}"

    def rows(self, customers: list[int]):
        """Rows of any of `customers`, hidden ones too."""
        model = apps.get_model(self.app, self.model)
        return model._base_manager.filter(**{f"{self.field}__in": customers})

    def rows_below(self, below: Below, customers: list[int]):
        """Rows of `below` that hang on the rows of any of `customers`."""
        model = apps.get_model(self.app, below.model)
        return model._base_manager.filter(**{f"{below.field}__in": self.rows(customers).values("pk")})


_LINKS: dict[str, Link] = {}


def register_links(links: list[Link]) -> None:
    for link in links:
        _LINKS[link.key] = link


def links() -> list[Link]:
    return sorted(_LINKS.values(), key=lambda link: link.key)


def archive_link(
    model: str,
    merge: OnMerge,
    hand_over: OnHandOver,
    purge: OnPurge,
    field: str = "customer",
    follow: Follow | None = None,
    blank: tuple[str, ...] = (),
) -> Link:
    """A link of the archives app: most are."""
    return Link("archives", model, field, merge, hand_over, purge, follow, blank)


MOVE, STAY, REBUILD = OnMerge.MOVE, OnMerge.STAY, OnMerge.REBUILD
DELETE, DETACH, SEAL = OnPurge.DELETE, OnPurge.DETACH, OnPurge.SEAL
KEEP, FOLLOW = OnHandOver.STAY, OnHandOver.FOLLOW

LINKS = [
    *(
        archive_link(part, MOVE, KEEP, DELETE)
        for part in ("identitydocument", "contactpoint", "address", "relatedperson", "beneficialowner", "preference", "relation")
    ),
    archive_link("relation", MOVE, KEEP, DELETE, field="other"),
    archive_link("customerfigures", REBUILD, KEEP, DELETE),
    archive_link("account", MOVE, KEEP, SEAL),
    archive_link("accountholder", MOVE, KEEP, SEAL),
    archive_link("changerequest", MOVE, FOLLOW, DELETE),
    archive_link("modification", STAY, KEEP, DELETE),
]  # fmt: skip
