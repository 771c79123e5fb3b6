"""Where the ribbons lie: as thick as their customers are many, in the order of the classes."""

import re
from itertools import pairwise

from archives.classification.sankey import TALL, draw

FLOWS = {("a", "b"): (30, "rise"), ("b", "a"): (10, "fall"), ("", "a"): (60, "")}


def heights(sankey) -> list[float]:
    return [float(node.height) for node in sankey.nodes if node.is_left]


def test_each_side_carries_all_who_move():
    sankey = draw(FLOWS, ["", "a", "b"], ["a", "b"])
    assert sum(node.n for node in sankey.nodes if node.is_left) == 100
    assert sum(node.n for node in sankey.nodes if not node.is_left) == 100
    assert abs(sum(heights(sankey)) - TALL) < 0.5


def test_a_ribbon_is_as_thick_as_its_customers_are_many():
    sankey = draw(FLOWS, ["", "a", "b"], ["a", "b"])
    thick = {}
    for ribbon in sankey.ribbons:
        top, bottom = re.search(r" ([\d.]+)V([\d.]+)C", ribbon.path).groups()
        thick[ribbon.old] = float(bottom) - float(top)
    assert abs(thick["a"] / thick["b"] - 3) < 0.05 and abs(thick[""] / thick["a"] - 2) < 0.05


def test_classes_keep_their_order_and_do_not_overlap():
    nodes = [node for node in draw(FLOWS, ["", "a", "b"], ["a", "b"]).nodes if node.is_left]
    assert [node.code for node in nodes] == ["", "a", "b"]
    ends = [(float(node.y), float(node.y) + float(node.height)) for node in nodes]
    assert all(below[0] > above[1] for above, below in pairwise(ends))


def test_one_among_a_million_is_still_seen():
    sankey = draw({("a", "b"): (1, "rise"), ("b", "a"): (1_000_000, "fall")}, ["a", "b"], ["a", "b"])
    assert min(heights(sankey)) >= 1


def test_nothing_is_drawn_where_nobody_moves():
    assert draw({}, ["a"], ["a"]) is None
