"""What changed between two texts, character by character."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple


class Run(NamedTuple):
    changed: bool
    text: str


class Marked(NamedTuple):
    old: list[Run]
    new: list[Run]


LARGEST = 1_000_000  # pairs of characters compared: a fifth of a second


def marked(old: str, new: str) -> Marked:
    """`old` and `new` as runs of kept and changed characters.

    Beyond what they share at both ends, long texts count as changed altogether: comparing takes square time.
    """
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(a) * len(b) > LARGEST:
        steps: Sequence[tuple[str, int, int, int, int]] = [("replace", 0, len(a), 0, len(b))]
    else:
        steps = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    left = [Run(False, old[:head])] + [Run(op != "equal", a[i:j]) for op, i, j, _, _ in steps]
    right = [Run(False, new[:head])] + [Run(op != "equal", b[i:j]) for op, _, _, i, j in steps]
    end = Run(False, old[len(old) - tail :] if tail else "")
    return Marked(_tidy([*left, end]), _tidy([*right, end]))


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    shorter = min(len(one), len(other))
    return next((i for i in range(shorter) if one[i] != other[i]), shorter)


def _tidy(runs: list[Run]) -> list[Run]:
    """Without empty runs, neighbours of one kind in one."""
    kept = [run for run in runs if run.text]
    return [Run(changed, "".join(run.text for run in same)) for changed, same in groupby(kept, lambda run: run.changed)]
