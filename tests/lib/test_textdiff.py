"""What changed between two texts, for showing it."""

import itertools
import time

from hypothesis import given
from hypothesis import strategies as st

from crm.lib.textdiff import Run, marked

TEXTS = st.text("ab李明 ", max_size=30)


def test_only_the_changed_characters_are_marked():
    assert marked("浙江省金华市", "浙江省杭州市") == (
        [Run(False, "浙江省"), Run(True, "金华"), Run(False, "市")],
        [Run(False, "浙江省"), Run(True, "杭州"), Run(False, "市")],
    )


def test_from_nothing_everything_is_new():
    assert marked("", "李明") == ([], [Run(True, "李明")])
    assert marked("李明", "") == ([Run(True, "李明")], [])
    assert marked("", "") == ([], [])


@given(TEXTS, TEXTS)
def test_both_sides_read_as_the_texts_and_share_what_is_kept(old, new):
    left, right = marked(old, new)
    assert ("".join(run.text for run in left), "".join(run.text for run in right)) == (old, new)
    assert "".join(r.text for r in left if not r.changed) == "".join(r.text for r in right if not r.changed)
    for runs in (left, right):
        assert all(run.text for run in runs)
        assert all(one.changed != other.changed for one, other in itertools.pairwise(runs))


def test_long_texts_cost_little():
    old, new = "首" + "ab" * 20_000 + "尾", "首" + "ba" * 20_000 + "尾"
    began = time.perf_counter()
    left, _right = marked(old, new)
    assert time.perf_counter() - began < 1
    assert [left[0], left[-1]] == [Run(False, "首"), Run(False, "尾")]
