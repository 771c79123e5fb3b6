"""Paging by key: every row once, both ways, whatever the token says."""

import functools
import operator
from datetime import date, timedelta

import pytest

from crm.lib.keyset import capped_count, page
from crm.workdays.models import CalendarDay

pytestmark = pytest.mark.django_db
ORDER = [("name", "asc"), ("day", "desc"), ("pk", "asc")]
START = date(2101, 1, 1)


@pytest.fixture
def rows():
    CalendarDay.objects.bulk_create(
        CalendarDay(day=START + timedelta(days=i), kind="holiday", name=f"n{i % 3}") for i in range(23)
    )
    return CalendarDay.objects.filter(day__gte=START)


def walk(rows, way, size=5):
    found, kwargs = [], {}
    for _step in range(20):
        here = page(rows, order=ORDER, size=size, **kwargs)
        found.append([row.pk for row in here])
        token = getattr(here, f"{'next' if way == 'after' else 'previous'}_token")
        if token is None:
            return found, here
        kwargs = {way: token}
    raise AssertionError("the walk does not end")


def test_forward_every_row_comes_once_in_order(rows):
    pages, last = walk(rows, "after")
    wanted = [row.pk for row in rows.order_by("name", "-day", "pk")]
    assert functools.reduce(operator.iadd, pages, []) == wanted
    assert [len(one) for one in pages] == [5, 5, 5, 5, 3]
    assert last.has_previous
    assert not last.has_next


def test_backward_the_same_pages_come_again(rows):
    forward, last = walk(rows, "after")
    token = last.previous_token
    back = []
    while token:
        here = page(rows, order=ORDER, size=5, before=token)
        back.insert(0, [row.pk for row in here])
        token = here.previous_token
    assert back == forward[:-1]
    assert here.has_next


def test_a_row_that_comes_or_goes_moves_nothing(rows):
    first = page(rows, order=ORDER, size=5)
    wanted = [row.pk for row in page(rows, order=ORDER, size=5, after=first.next_token)]
    rows.filter(pk=first.rows[0].pk).delete()
    CalendarDay.objects.create(day=date(2102, 1, 1), kind="holiday", name="a")
    assert [row.pk for row in page(rows, order=ORDER, size=5, after=first.next_token)] == wanted


def test_it_reads_dictionaries_of_values_too(rows):
    values = rows.values("pk", "name", "day")
    first = page(values, order=ORDER, size=5)
    assert [row["pk"] for row in page(values, order=ORDER, size=5, after=first.next_token)] == [
        row.pk for row in rows.order_by("name", "-day", "pk")[5:10]
    ]


def spoiled(token):
    return [
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        "x" + token,
        token[5:],
        "",
        "%00",
        "é",
        "." * 50,
        "a" * 5000,
    ]


def test_a_token_that_was_altered_gives_the_first_page(rows):
    first = page(rows, order=ORDER, size=5)
    for token in spoiled(first.next_token):
        for way in ("after", "before"):
            here = page(rows, order=ORDER, size=5, **{way: token})
            assert (here.rows, here.has_previous) == (first.rows, False)


def test_a_token_of_another_order_gives_the_first_page(rows):
    token = page(rows, order=[("day", "asc"), ("pk", "asc")], size=5).next_token
    assert page(rows, order=ORDER, size=5, after=token).rows == page(rows, order=ORDER, size=5).rows


def test_a_page_whose_rows_are_gone_is_the_first_page(rows):
    token = page(rows, order=ORDER, size=20).next_token
    rows.filter(name="n2").delete()
    here = page(rows, order=ORDER, size=20, after=token)
    assert here.rows == page(rows, order=ORDER, size=20).rows
    assert len(here) > 0


def test_nothing_has_no_neighbours(rows):
    here = page(rows.none(), order=ORDER, size=5)
    assert (here.rows, here.has_next, here.has_previous) == ([], False, False)


def test_a_page_costs_one_query(rows, django_assert_num_queries):
    with django_assert_num_queries(1):
        token = page(rows, order=ORDER, size=5).next_token
    with django_assert_num_queries(1):
        page(rows, order=ORDER, size=5, after=token)


@pytest.mark.parametrize(("cap", "answer"), [(22, (22, True)), (23, (23, False)), (1000, (23, False))])
def test_a_count_stops_at_its_cap(rows, cap, answer, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert capped_count(rows.order_by("name"), cap) == answer
