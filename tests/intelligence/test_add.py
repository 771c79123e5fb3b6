"""Any employee adds intelligence; what cannot be right is refused with its reason."""

import re
from datetime import date

import pytest

from archives.customers.codes import Industry
from archives.intelligence.rules import split_numbers
from archives.models import Intelligence, IntelligenceFile
from crm.lib.dates import add_months
from crm.lib.refusals import NotYours, Refused
from tests.intelligence.conftest import VALUES


def form(today, **fields):
    return VALUES | {"source_date": today.isoformat(), "valid_until": "", "customers": "", "token": "t-1"} | fields


def test_a_teller_adds_an_item_and_everybody_who_serves_reads_it(client_of, teller, stranger, mill, pdf, today):
    browser = client_of(teller)
    assert browser.get("/intelligence/add/").status_code == 200
    answer = browser.post("/intelligence/add/", form(today, customers=mill.number, files=[pdf()]))
    item = Intelligence.objects.get()
    assert answer.status_code == 302 and answer.url == f"/intelligence/{item.number}/"
    assert re.fullmatch(rf"HQ{today:%Y%m%d}-00001", item.number)
    assert (item.branch, item.created_by, item.industries) == (teller.branch, teller, " C ")
    assert item.valid_until == add_months(today, 12)
    assert [link.customer for link in item.customer_links.all()] == [mill]
    page = client_of(stranger).get(answer.url).content.decode()
    assert VALUES["title"] in page and VALUES["text"] in page and "报告.pdf" in page


@pytest.mark.parametrize("who", ["manager", "lobby", "head", "president", "service", "headoffice"])
def test_every_employee_who_serves_may_add(client_of, cast, today, who):
    assert client_of(cast[who]).post("/intelligence/add/", form(today)).status_code == 302
    assert Intelligence.objects.get().created_by == cast[who]


@pytest.mark.parametrize("who", ["auditor", "admin"])
def test_who_does_not_serve_may_not_add(client_of, cast, add, today, who):
    browser = client_of(cast[who])
    assert browser.get("/intelligence/add/").status_code == 403
    assert browser.post("/intelligence/add/", form(today)).status_code == 403
    with pytest.raises(NotYours):
        add(actor=cast[who])
    assert not Intelligence.everyone.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "gossip"),
        ("title", ""),
        ("title", "不详"),
        ("title", "标" * 121),
        ("text", " \u200b "),
        ("text", "文" * 5001),
        ("source", "无"),
        ("industries", ["Z"]),
        ("source_date", None),
        ("source_date", "tomorrow"),
        ("source_date", date(209, 1, 1)),
        ("valid_until", "before"),
        ("valid_until", date(2206, 1, 1)),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_at_its_field(add, day, field, value):
    days = {"tomorrow": day(1), "before": day(-1)}
    value = days.get(value, value) if isinstance(value, str) else value
    with pytest.raises(Refused) as refused:
        add(**{field: value})
    assert list(refused.value.fields) == [field]
    assert not Intelligence.everyone.exists()


def test_the_days_at_the_border_are_taken(add, today):
    item = add(source_date=today, valid_until=today, title="标" * 120, text="文\n" * 2499 + "文")
    assert item.valid_until == today and len(item.title) == 120


def test_invisible_characters_go_and_lines_stay(add):
    item = add(title="订单\u202e 回升\u200b", text="一\r\n二")
    assert (item.title, item.text) == ("订单 回升", "一\n二")


def test_the_form_comes_back_with_what_was_typed(client_of, teller, today):
    page = client_of(teller).post("/intelligence/add/", form(today, title="保留的标题", source_date="2999-01-01"))
    text = page.content.decode()
    assert page.status_code == 200 and "保留的标题" in text and 'id="id_source_date-error"' in text
    assert not Intelligence.everyone.exists()


def test_a_wrong_customer_number_is_named_and_one_out_of_scope_reads_the_same(add, mill, far_mill):
    for number in (far_mill.number, "1000000000"):
        with pytest.raises(Refused) as refused:
            add(customers=[mill.number, number])
        (message,) = refused.value.fields["customers"]
        assert number in message and mill.number not in message
    assert not Intelligence.everyone.exists()


def test_an_archive_in_the_recycle_bin_is_nobody(add, mill):
    type(mill).everyone.filter(pk=mill.pk).update(life="bin")
    with pytest.raises(Refused):
        add(customers=[mill.number])


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("", []),
        ("1000000017", ["1000000017"]),
        (" 1000000017, 8000000012，8000000020、1000000017 ", ["1000000017", "8000000012", "8000000020"]),
        ("1000 0000 17 8000 0000 12", ["1000000017", "8000000012"]),
        ("1000000017\n8000 0000 12", ["1000000017", "8000000012"]),
        ("1000 0000", ["1000", "0000"]),
    ],
)
def test_numbers_are_read_as_people_paste_them(typed, numbers):
    assert split_numbers(typed) == numbers


def test_a_double_click_makes_one_item(client_of, teller, today, pdf):
    browser = client_of(teller)
    first = browser.post("/intelligence/add/", form(today, files=[pdf()]))
    second = browser.post("/intelligence/add/", form(today, files=[pdf()]))
    assert first.url == second.url
    assert (Intelligence.everyone.count(), IntelligenceFile.objects.count()) == (1, 1)


def test_somebody_elses_token_gives_nothing_away(add, manager):
    mine = add(token="same")
    with pytest.raises(Refused):
        add(token="same", actor=manager)
    assert Intelligence.everyone.get() == mine


@pytest.mark.parametrize(
    ("name", "data"), [("a.exe", b"MZ"), ("a.pdf", b"MZ"), ("a.png", b"%PDF-1.4"), ("leer.pdf", b"")]
)
def test_a_file_of_another_kind_is_refused_and_nothing_is_left(add, pdf, settings, name, data):
    from pathlib import Path

    with pytest.raises(Refused) as refused:
        add(files=[pdf(), pdf(name, data)])
    assert list(refused.value.fields) == ["files"]
    assert not Intelligence.everyone.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_large_file_and_a_sixth_are_refused(add, pdf, settings):
    with pytest.raises(Refused):
        add(files=[pdf()] * 6)
    settings.EVIDENCE_MAX_MB = 0
    with pytest.raises(Refused):
        add(files=[pdf()])


def test_the_form_starts_with_the_customer_of_the_archive_page(client_of, teller, mill):
    page = client_of(teller).get(f"/intelligence/add/?customer={mill.number}").content.decode()
    assert f">\n{mill.number}</textarea>" in page


def test_all_sections_of_the_standard_fit(add):
    assert add(industries=Industry.values).industries.split() == Industry.values
