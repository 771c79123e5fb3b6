"""Who gets how many, what a hand-over covers, what may happen to it. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

PREPARED, DONE, UNDONE, CANCELLED = "prepared", "done", "undone", "cancelled"


class Step(StrEnum):
    SIGN = "sign"
    CANCEL = "cancel"
    UNDO = "undo"


# (from, step) -> to. What is not here cannot happen.
STEPS: dict[tuple[str, Step], str] = {
    (PREPARED, Step.SIGN): DONE,
    (PREPARED, Step.CANCEL): CANCELLED,
    (DONE, Step.UNDO): UNDONE,
}

ALL, KIND, CLASS, SELECTED = "all", "kind", "class", "selected"


@dataclass(frozen=True)
class Choice:
    """Which customers are handed over: all, those of a kind or class (`value`), or selected ones.

    `assisted`: the archives that the outgoing person assists are handed over too.
    """

    which: str = ALL
    value: str = ""
    assisted: bool = True

    @property
    def text(self) -> str:
        return f"{self.which}:{self.value}" if self.value else self.which

    @classmethod
    def of(cls, text: str, *, assisted: bool) -> "Choice":
        """From what a form sends: "all", "kind:P", "class:gold", "selected"."""
        which, _sep, value = text.partition(":")
        return cls(which, value, assisted)


def share_out(
    keys: Iterable[int],
    loads: Mapping[int, int],
    *,
    capacity: int | None = None,
    barred: Mapping[int, Collection[int]] | None = None,
) -> dict[int, int | None]:
    """Each key, in order, to the person with the smallest load; None where everybody is full or barred.

    `loads` is how many each person has already (ties go to whoever stands first); `barred` who may not take a key.
    """
    have = dict(loads)
    shared: dict[int, int | None] = {}
    for key in keys:
        not_for = (barred or {}).get(key, ())
        free = [p for p in have if p not in not_for and (capacity is None or have[p] < capacity)]
        person = min(free, key=have.__getitem__, default=None)
        shared[key] = person
        if person is not None:
            have[person] += 1
    return shared
