"""What changed between two texts, character by character."""

from difflib import SequenceMatcher
from typing import NamedTuple


class Run(NamedTuple):
    changed: bool
    text: str


class Marked(NamedTuple):
    old: list[Run]
    new: list[Run]


def marked(old: str, new: str) -> Marked:
    """`old` and `new` as runs of kept and changed characters."""
    left: list[Run] = []
    right: list[Run] = []
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        changed = op != "equal"
        if b > a:
            left.append(Run(changed, old[a:b]))
        if d > c:
            right.append(Run(changed, new[c:d]))
    return Marked(left, right)
