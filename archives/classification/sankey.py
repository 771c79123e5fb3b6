"""Where the ribbons of a flow lie: plain numbers for an SVG, so that page, print and PDF draw the same without a script."""

from collections.abc import Sequence
from dataclasses import dataclass

TOP, GAP = 10.0, 14.0
LEFT, RIGHT, NODE = 102, 450, 8  # of a drawing 560 wide: room for the names on both sides
TALL = 210.0  # what all ribbons together take
THIN = 1.0  # the least that is seen


@dataclass(frozen=True)
class Ribbon:
    """`way`: rise, fall or '' (from or to no class)."""

    old: str
    new: str
    n: int
    way: str
    path: str


@dataclass(frozen=True)
class Node:
    code: str
    n: int
    x: str
    y: str
    height: str
    is_left: bool

    @property
    def text_x(self) -> int:
        return LEFT - 8 if self.is_left else RIGHT + NODE + 8

    @property
    def text_y(self) -> str:
        return _say(float(self.y) + float(self.height) / 2 + 4)


@dataclass(frozen=True)
class Sankey:
    height: int
    nodes: list[Node]
    ribbons: list[Ribbon]


def draw(flows: dict[tuple[str, str], tuple[int, str]], olds: Sequence[str], news: Sequence[str]) -> Sankey | None:
    """`flows`: (old, new) to (customers, way); `olds` and `news` in the order they are to stand. None without flows."""
    total = sum(n for n, _way in flows.values())
    if not total:
        return None

    def tall(n: int) -> float:
        return max(n * TALL / total, THIN)

    left, left_end = _stack(flows, olds, 0, tall)
    right, right_end = _stack(flows, news, 1, tall)
    at_left, at_right = {c: y for c, y, _h, _n in left}, {c: y for c, y, _h, _n in right}
    ribbons = []
    for old in olds:
        for new in news:
            if (old, new) in flows:
                n, way = flows[old, new]
                ribbons.append(Ribbon(old, new, n, way, _path(at_left[old], at_right[new], tall(n))))
                at_left[old] += tall(n)
                at_right[new] += tall(n)
    nodes = [Node(c, n, str(LEFT), _say(y), _say(h), True) for c, y, h, n in left]
    nodes += [Node(c, n, str(RIGHT), _say(y), _say(h), False) for c, y, h, n in right]
    return Sankey(int(max(left_end, right_end) + TOP), nodes, ribbons)


def _stack(flows, codes, side: int, tall) -> tuple[list[tuple[str, float, float, int]], float]:
    """(class, y, height, customers) of one side, from the top."""
    found, y = [], TOP
    for code in codes:
        mine = [n for key, (n, _way) in flows.items() if key[side] == code]
        if mine:
            height = sum(tall(n) for n in mine)
            found.append((code, y, height, sum(mine)))
            y += height + GAP
    return found, y - GAP


def _path(y1: float, y2: float, height: float) -> str:
    x1, x2 = LEFT + NODE, RIGHT
    mid = (x1 + x2) // 2
    a, b, c, d = map(_say, (y1, y2, y2 + height, y1 + height))
    return f"M{x1} {a}C{mid} {a} {mid} {b} {x2} {b}V{c}C{mid} {c} {mid} {d} {x1} {d}Z"


def _say(value: float) -> str:
    return f"{value:.1f}"
