"""Correcting and confirming: by whom, with what reason, against which version."""

import pytest

from archives.intelligence.services import confirm_intelligence
from archives.models import Intelligence
from crm.lib.dates import add_months
from crm.lib.refusals import NotYours, Refused, TooLate
from tests.intelligence.conftest import VALUES

MAY = {"teller", "manager", "colleague", "head", "president", "headoffice"}
MAY_NOT = {"lobby", "stranger", "stranger_head", "service", "auditor", "admin"}


def fresh(item):
    return Intelligence.everyone.get(pk=item.pk)


def form(item, **fields):
    return VALUES | {
        "source_date": item.source_date.isoformat(), "valid_until": item.valid_until.isoformat(), "customers": "",
        "reason": "来源更正", "version": item.version,
    } | fields  # fmt: skip


@pytest.mark.parametrize("who", sorted(MAY))
def test_the_author_and_deciders_of_its_branch_correct_it(client_of, cast, add, who):
    item = add()
    browser = client_of(cast[who])
    assert browser.get(f"/intelligence/{item.number}/correct/").status_code == 200
    answer = browser.post(f"/intelligence/{item.number}/correct/", form(item, title="更正后的标题"))
    assert (answer.status_code, fresh(item).title, fresh(item).version) == (302, "更正后的标题", 2)
    last = item.history.first()
    assert (last.history_user, last.history_change_reason, last.title) == (cast[who], "来源更正", "更正后的标题")


@pytest.mark.parametrize("who", sorted(MAY_NOT))
def test_others_do_not_correct_it(client_of, cast, add, correct, who, now):
    item = add()
    browser = client_of(cast[who])
    for path in ("correct/", "confirm/"):
        assert browser.post(f"/intelligence/{item.number}/{path}", form(item, title="不该改")).status_code == 403
    assert browser.get(f"/intelligence/{item.number}/correct/").status_code == 403
    with pytest.raises(NotYours):
        correct(item, actor=cast[who], title="不该改")
    with pytest.raises(NotYours):
        confirm_intelligence(item=item, actor=cast[who], valid_until=None, now=now)
    assert (fresh(item).version, item.history.count()) == (1, 1)


def test_an_author_who_lost_the_right_or_was_disabled_corrects_nothing(add, correct, teller):
    item = add()
    teller.is_active = False
    teller.save()
    with pytest.raises(NotYours):
        correct(item, title="不该改")
    teller.is_active = True
    teller.save()
    teller.role_grants.all().delete()
    with pytest.raises(NotYours):
        correct(item, title="不该改")


@pytest.mark.parametrize("reason", ["", " ", "无", "因" * 301])
def test_a_correction_needs_a_reason(add, correct, reason):
    item = add()
    with pytest.raises(Refused) as refused:
        correct(item, title="更正后的标题", reason=reason)
    assert list(refused.value.fields) == ["reason"] and fresh(item).version == 1


def test_a_correction_that_changes_nothing_is_refused_and_writes_nothing(add, correct):
    item = add()
    with pytest.raises(Refused):
        correct(item)
    assert (fresh(item).version, item.history.count()) == (1, 1)


def test_a_wrong_value_in_a_correction_writes_nothing(add, correct, day):
    item = add()
    with pytest.raises(Refused) as refused:
        correct(item, source_date=day(1))
    assert list(refused.value.fields) == ["source_date"] and fresh(item).version == 1


def test_the_second_of_two_is_told_and_sees_what_changed(client_of, add, correct, manager, teller):
    item = add()
    correct(item, actor=manager, title="经理改的标题", reason="核实后更正")
    with pytest.raises(TooLate) as late:
        correct(item, title="柜员改的标题")
    assert manager.name in late.value.message
    browser = client_of(teller)
    answer = browser.post(f"/intelligence/{item.number}/correct/", form(item, title="柜员改的标题"))
    page = answer.content.decode()
    assert answer.status_code == 409 and fresh(item).title == "经理改的标题"
    assert "核实后更正" in page and 'value="柜员改的标题"' in page and 'name="version" value="2"' in page
    again = browser.post(f"/intelligence/{item.number}/correct/", form(item, title="柜员改的标题", version=2))
    assert again.status_code == 302 and fresh(item).title == "柜员改的标题"


def test_links_that_the_writer_cannot_see_stay(add, correct, mill, person, far_mill):
    item = add(customers=[mill.number])
    item.customer_links.create(customer=far_mill)
    correct(item, customers=[person.number])
    assert {link.customer for link in item.customer_links.all()} == {person, far_mill}
    assert fresh(item).version == 2


def test_links_alone_are_a_correction_with_a_version(client_of, add, mill, teller):
    item = add()
    client_of(teller).post(f"/intelligence/{item.number}/correct/", form(item, customers=mill.number))
    assert (fresh(item).version, item.customer_links.get().customer) == (2, mill)


def test_files_are_added_up_to_five(add, correct, pdf):
    item = correct(add(files=[pdf()] * 3), files=[pdf()])
    assert item.files.count() == 4
    with pytest.raises(Refused) as refused:
        correct(item, files=[pdf(), pdf()])
    assert list(refused.value.fields) == ["files"] and item.files.count() == 4


def test_a_refused_attachment_takes_the_correction_with_it(add, correct, pdf):
    item = add()
    with pytest.raises(Refused):
        correct(item, title="更正后的标题", files=[pdf("a.exe", b"MZ")])
    assert (fresh(item).title, fresh(item).version, item.history.count()) == (VALUES["title"], 1, 1)


def test_a_confirmation_gives_a_new_validity_with_name_and_time(client_of, add, day, manager, today, now):
    item = add(source_date=day(-9), valid_until=day(-1))
    Intelligence.objects.update(prompted_at=now)
    answer = client_of(manager).post(f"/intelligence/{item.number}/confirm/", {"version": 1, "valid_until": day(90)})
    item = fresh(item)
    assert answer.status_code == 302 and (item.valid_until, item.confirmed_by) == (day(90), manager)
    assert item.confirmed_at is not None and item.prompted_at is None and item.version == 2
    assert item.history.first().history_change_reason == "confirmed"


def test_a_confirmation_without_a_day_holds_for_a_year(add, teller, now, today):
    item = confirm_intelligence(item=add(), actor=teller, valid_until=None, now=now)
    assert item.valid_until == add_months(today, 12)


@pytest.mark.parametrize(("days", "taken"), [(-1, False), (0, True), (365 * 6, False)])
def test_a_confirmation_ends_today_at_the_earliest_and_not_for_ever(client_of, add, teller, day, days, taken):
    item = add(source_date=day(-9), valid_until=day(-2))
    answer = client_of(teller).post(f"/intelligence/{item.number}/confirm/", {"version": 1, "valid_until": day(days)})
    assert answer.status_code == (302 if taken else 200)
    assert fresh(item).valid_until == (day(days) if taken else day(-2))


@pytest.mark.parametrize("fields", [{}, {"version": "x"}, {"version": 1, "valid_until": "soon"}])
def test_a_broken_confirmation_changes_nothing(client_of, add, teller, fields):
    item = add()
    assert client_of(teller).post(f"/intelligence/{item.number}/confirm/", fields).status_code == 200
    assert fresh(item).version == 1


def test_confirming_twice_says_who_was_first(client_of, add, teller, day):
    item, browser = add(source_date=day(-9), valid_until=day(-1)), client_of(teller)
    for _click in range(2):
        page = browser.post(f"/intelligence/{item.number}/confirm/", {"version": 1}, follow=True)
    assert teller.name in page.content.decode() and fresh(item).version == 2


def test_an_item_that_was_deleted_meanwhile_takes_no_correction(add, correct, hide, teller, now):
    item = add()
    hide(item)
    with pytest.raises(TooLate):
        correct(item, title="晚了")
    with pytest.raises(TooLate):
        confirm_intelligence(item=item, actor=teller, valid_until=None, now=now)
    assert fresh(item).version == 1


def test_a_correction_of_the_validity_lets_the_prompt_come_again(add, correct, now, day):
    item = add()
    Intelligence.objects.update(prompted_at=now)
    assert correct(item, title="只改标题").prompted_at == now
    assert correct(fresh(item), valid_until=day(5)).prompted_at is None
