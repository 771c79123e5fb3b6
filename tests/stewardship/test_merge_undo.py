"""Undoing a merge: every row as it was, later edits asked about, only within the month and by whom it concerns."""

from datetime import timedelta

import pytest

from archives.changes.services import decide_change, propose_change
from archives.customers.services import add_row
from archives.models import Account
from archives.stewardship import merge_undo
from archives.stewardship.merge_undo import edited_fields, later_rows, undo_merge
from crm.lib.dates import local_day
from crm.lib.refusals import Moved, Refused, TooLate
from crm.notifications.models import Notice
from tests.archives import make_personal
from tests.stewardship.merge_world import compare, edit, fresh, inventory, total


@pytest.mark.parametrize("turned", [False, True])
def test_a_merge_undone_leaves_every_row_as_it_was(full, merge, manager, now, turned):
    survivor, loser, _third, _request = full
    pair = (loser, survivor) if turned else (survivor, loser)
    before, money = inventory(), total()
    done = merge(*pair)
    assert compare(before, inventory())  # something happened
    undo_merge(merge=done, actor=manager, reason="不是同一人", now=now)
    assert compare(before, inventory()) == []
    assert total() == money
    assert fresh(done).state == "undone" and fresh(done).moved["skipped"] == {}
    assert Notice.objects.filter(kind="merge-undone").exists()


def test_a_later_edit_is_kept_unless_somebody_says_otherwise(pair, merge, manager, now):
    survivor, loser = pair
    done = merge(survivor, loser)
    edit(survivor, manager, now, employer="新东家")
    assert edited_fields(done, fresh(survivor), fresh(loser)) == ["employer"]
    with pytest.raises(Moved):
        undo_merge(merge=done, actor=manager, reason="错", seen=done.survivor_version, now=now)
    undo_merge(merge=done, actor=manager, reason="错", now=now)
    assert (fresh(survivor).employer, fresh(survivor).address) == ("新东家", "")
    assert fresh(loser).employer == "临江市第二纺织厂"
    assert fresh(done).moved["kept"] == ["employer"]


def test_confirmed_the_old_value_comes_back_over_a_later_edit(pair, merge, manager, now):
    survivor, loser = pair
    done = merge(survivor, loser)
    edited = edit(survivor, manager, now, employer="新东家")
    undo_merge(merge=done, actor=manager, reason="错", confirmed=True, seen=edited.version, now=now)
    assert fresh(survivor).employer == ""


def test_an_edit_that_was_edited_back_counts_as_one(pair, merge, teller, manager, now):
    survivor, loser = pair
    done = merge(survivor, loser)
    for text in ("新东家", "临江市第二纺织厂"):
        request = propose_change(
            customer=fresh(survivor), proposer=teller, kind="edit", items={"employer": text}, reason_code="changed",
            reason_text="x", base_version=fresh(survivor).version, now=now,
        )  # fmt: skip
        decide_change(request=request, actor=manager, decisions={request.items.get().pk: ("accept", "")}, now=now)
    assert edited_fields(done, fresh(survivor), fresh(loser)) == ["employer"]


def test_rows_that_came_later_stay_and_rows_that_went_are_told(full, merge, manager, teller, now, later):
    survivor, loser, _third, request = full
    done = merge(survivor, loser)
    add_row(customer=survivor, part="address", values={"kind": "work", "text": "新地址一号一幢"}, actor=teller, reason="x")  # fmt: skip
    survivor.contactpoint_rows.all().delete()
    decide_change(request=fresh(request), actor=manager, decisions={request.items.get().pk: ("accept", "")}, now=now)
    rows = {row.label: row for row in later_rows(done)}
    assert any(row.gone for row in rows.values()) and any(row.added for row in rows.values())
    undo_merge(merge=done, actor=manager, reason="错", now=now)
    assert survivor.address_rows.get().text == "新地址一号一幢"
    assert fresh(done).moved["skipped"] == {"archives.contactpoint.customer": 1, "archives.changerequest.customer": 1}
    assert (fresh(survivor).job_title, fresh(loser).job_title) == ("科长", "")


def test_the_last_day_counts_and_the_next_is_too_late(pair, merge, manager, now):
    done = merge(*pair)
    last = now + (done.undo_until - local_day(now))
    with pytest.raises(Refused):
        undo_merge(merge=done, actor=manager, reason="错", now=last + timedelta(days=1))
    assert undo_merge(merge=done, actor=manager, reason="错", now=last).state == "undone"


def test_undone_once_is_undone(pair, merge, manager, head, now):
    done = merge(*pair)
    undo_merge(merge=done, actor=manager, reason="错", now=now)
    for seen in (done, fresh(done)):
        with pytest.raises(TooLate, match=manager.name):
            undo_merge(merge=seen, actor=head, reason="错", now=now)


def test_undoing_needs_the_right_the_branch_and_a_reason(pair, merge, cast, now):
    done = merge(*pair)
    for who, why in (
        ("teller", "错"),
        ("stranger", "错"),
        ("auditor", "错"),
        ("manager", " "),
        ("manager", "错" * 301),
    ):
        with pytest.raises(Refused):
            undo_merge(merge=done, actor=cast[who], reason=why, now=now)
    assert fresh(pair[1]).life == "bin"


def test_a_document_that_another_archive_got_meanwhile_stops_the_undoing(pair, merge, outlet, manager, now):
    plain, with_document = pair[1], pair[0]
    number = with_document.id_number
    done = merge(plain, with_document)
    edit(plain, manager, now, id_number="")
    make_personal(branch=outlet, manager=manager, id_number=number)
    before = inventory()
    with pytest.raises(Refused):
        undo_merge(merge=done, actor=manager, reason="错", now=now)
    assert compare(before, inventory()) == []


def test_merged_on_the_later_merge_is_undone_first(full, merge, manager, now):
    survivor, loser, third, _request = full
    before = inventory()
    first = merge(survivor, loser)
    second = merge(third, survivor, {"name": "survivor"})
    assert fresh(first).survivor == third and Account.objects.filter(customer=third).count() == 4
    with pytest.raises(Refused, match=second.request.number):
        undo_merge(merge=first, actor=manager, reason="错", now=now)
    undo_merge(merge=second, actor=manager, reason="错", now=now)
    undo_merge(merge=fresh(first), actor=manager, reason="错", now=now)
    assert compare(before, inventory()) == []


STAGES = [
    "_claim", "_rows_back", "write_values", "write_modifications", "restore", "_requests_back", "count_anew", "tell_managers"
]  # fmt: skip


class Killed(Exception):
    pass


@pytest.mark.parametrize("stage", STAGES)
def test_a_failure_at_any_stage_leaves_the_merge_standing(full, merge, manager, now, monkeypatch, stage):
    done = merge(full[0], full[1])
    before = inventory()
    real = getattr(merge_undo, stage)

    def killed(*args, **options):
        real(*args, **options)
        raise Killed

    monkeypatch.setattr(merge_undo, stage, killed)
    with pytest.raises(Killed):
        undo_merge(merge=done, actor=manager, reason="错", now=now)
    assert compare(before, inventory()) == []
    monkeypatch.undo()
    assert undo_merge(merge=fresh(done), actor=manager, reason="错", now=now).state == "undone"
