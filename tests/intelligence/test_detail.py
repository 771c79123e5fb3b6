"""One item: whom it concerns, its attachments, how it changed, who cited it."""

import pytest

from archives.intelligence.selectors import items_about
from archives.models import Citation, Meeting
from crm.privacy.models import AccessEvent


@pytest.fixture
def seen(client_of):
    def page(item, user):
        answer = client_of(user).get(f"/intelligence/{item.number}/")
        assert answer.status_code == 200
        return answer.content.decode()

    return page


@pytest.fixture
def shared(add, correct, mill, far_mill, stranger):
    """An item that concerns a customer here and one there."""
    item = add(customers=[mill.number])
    item.customer_links.create(customer=far_mill)
    return item


def test_customers_out_of_scope_are_only_counted(seen, shared, mill, far_mill, teller, stranger, headoffice):
    for user, here, there in ((teller, mill, far_mill), (stranger, far_mill, mill)):
        page = seen(shared, user)
        assert here.name in page and there.name not in page and there.number not in page
    assert mill.name in seen(shared, headoffice) and far_mill.name in seen(shared, headoffice)


def test_an_auditor_reads_masked_names(seen, add, person, auditor):
    page = seen(add(customers=[person.number]), auditor)
    assert "李明亮" not in page and "李*亮" in page


def test_a_customer_in_the_recycle_bin_is_not_even_counted(client_of, shared, far_mill, teller):
    type(far_mill).everyone.filter(pk=far_mill.pk).update(life="bin")
    answer = client_of(teller).get(f"/intelligence/{shared.number}/")
    assert answer.context["linked"].others == 0


def test_markup_in_an_item_stays_text(seen, add, teller):
    page = seen(add(title="<script>alert(1)</script>", text="<img src=x onerror=alert(2)>\n第二行"), teller)
    assert "<script>alert" not in page and "<img src=x" not in page and "第二行" in page


def test_a_file_comes_as_a_download_and_leaves_a_line(client_of, add, pdf, stranger):
    item = add(files=[pdf("a/../行业<b>报告.pdf")])
    kept = item.files.get()
    answer = client_of(stranger).get(f"/intelligence/{item.number}/file/{kept.pk}/")
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Content-Type"] == "application/pdf"
    event = AccessEvent.objects.get(action="download")
    assert (event.actor, event.object_type, event.object_id, event.object_label) == (stranger, "intelligence", item.pk, item.number)  # fmt: skip
    answer.close()


def test_a_file_of_another_item_or_one_that_is_gone_is_404(client_of, add, pdf, teller):
    one, other = add(files=[pdf()]), add()
    kept, browser = one.files.get(), client_of(teller)
    assert browser.get(f"/intelligence/{other.number}/file/{kept.pk}/").status_code == 404
    kept.file.delete(save=False)
    assert browser.get(f"/intelligence/{one.number}/file/{kept.pk}/").status_code == 404


def test_history_tells_who_corrected_what_and_why(seen, add, correct, manager, teller):
    item = add()
    correct(item, actor=manager, title="纺织行业订单下滑", reason="数据看反了")
    page = seen(item, teller)
    assert "数据看反了" in page and "<del>回升</del>" in page and "<ins>下滑</ins>" in page and manager.name in page


def meeting(branch, now, today):
    return Meeting.objects.create(
        number=f"HY-{branch.code}", kind="monthly", branch=branch, period="2026-10", opened_at=now, data_on=today, due_on=today
    )  # fmt: skip


def test_meetings_that_cited_it_are_shown_and_what_for_within_their_branches(seen, add, outlet, head, teller, stranger, headoffice, now, today):  # fmt: skip
    item = add()
    Citation.objects.create(
        meeting=meeting(outlet, now, today), item=item, number=item.number, cited_by=head, note="为恒泰纺织授信", at=now
    )
    for user, told in ((teller, True), (headoffice, True), (stranger, False)):
        page = seen(item, user)
        assert "HY-0101" in page and outlet.name in page and "2026-10" in page and head.name in page
        assert ("为恒泰纺织授信" in page) is told


@pytest.mark.parametrize(("ends", "asked"), [(-1, True), (0, True), (30, True), (31, False)])
def test_near_its_end_it_asks_to_confirm_or_to_delete(seen, add, day, teller, lobby, ends, asked):
    item = add(source_date=day(-9), valid_until=day(ends))
    page = seen(item, teller)
    confirm = f'action="/intelligence/{item.number}/confirm/"'
    assert (confirm in page) is asked
    assert page.count(f'href="/intelligence/{item.number}/delete/"') == 1 + asked
    assert confirm not in seen(item, lobby)


def test_nobody_finds_an_item_by_a_strange_number(client_of, teller, add):
    add()
    for number in ("HQ1", "x" * 60, "HQ%00", "1"):
        assert client_of(teller).get(f"/intelligence/{number}/").status_code == 404


def test_the_archive_page_gets_the_newest_items_about_a_customer(add, hide, mill, day, teller, admin):
    made = [add(customers=[mill.number], source_date=day(-n)) for n in range(4)]
    add()
    hide(made[1])
    assert items_about(mill, teller, 2) == [made[0], made[2]]
    assert items_about(mill, admin) == []
