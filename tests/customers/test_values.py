"""What a banker would refuse, and what is kept as it is."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from archives.customers.completeness import assess
from archives.customers.fields import CUSTOMER_FIELDS, MANDATORY_PEOPLE
from archives.customers.values import check_together, clean, clean_row, shown
from crm.lib.identifiers import make_resident_id

TODAY = date(2026, 11, 24)
ID = "11010519491231002X"


def cleaned(key, text, kind="P"):
    return clean(CUSTOMER_FIELDS[key], text, kind=kind, today=TODAY)


@pytest.mark.parametrize(
    ("key", "typed", "kept"),
    [
        ("name", " 李　明 亮 ", "李 明 亮"),
        ("name", "李\u200b明\u202e亮", "李明亮"),
        ("mobile", "138 1234-5678", "13812345678"),
        ("mobile", "+86 13812345678", "13812345678"),
        ("mobile", "１３８１２３４５６７８", "13812345678"),
        ("phone", "0571－88001234", "0571-88001234"),
        ("id_number", "11010519491231002x", ID),
        ("id_valid_until", "2030/01/02", "2030-01-02"),
        ("annual_income", "120,000", "120000.00"),
        ("payroll", "on", "1"),
        ("occupation", "2", "2"),
        ("email", "", ""),
        ("region", "330106", "330106"),
    ],
)
def test_it_keeps_the_canonical_form(key, typed, kept):
    assert cleaned(key, typed) == kept


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("name", "李"), ("name", "无"), ("name", "不详"), ("name", "11"), ("mobile", "11111111111"), ("mobile", "12812345678"),
        ("mobile", "1381234567"), ("id_number", "123456"), ("id_valid_until", "2026-02-30"), ("id_valid_until", "明天"),
        ("annual_income", "-1"), ("annual_income", "NaN"), ("annual_income", "1e400"), ("email", "a@b"), ("employer", "暂无"),
        ("employer", "x" * 121), ("address", "临江市"), ("region", "33010"), ("occupation", "9"), ("id_kind", "business_licence"),
        ("employer", "长" * 10_000_000),
    ],
)  # fmt: skip
def test_it_refuses_and_says_why(key, typed):
    with pytest.raises(ValidationError) as error:
        cleaned(key, typed)
    assert error.value.messages[0]


@given(key=st.sampled_from([f.key for f in CUSTOMER_FIELDS.fields]), text=st.text(max_size=300))
def test_cleaning_never_breaks_and_is_done_once(key, text):
    field = CUSTOMER_FIELDS[key]
    try:
        once = clean(field, text, kind=field.kinds[0], today=TODAY)
    except ValidationError:
        return
    assert clean(field, once, kind=field.kinds[0], today=TODAY) == once
    assert "\0" not in once and isinstance(shown(field, once), str)


def together(**values):
    return check_together({"id_kind": "resident_id"} | values, kind="P", today=TODAY)


def test_sex_and_birth_date_come_from_the_card():
    values = together(id_number=ID)
    assert (values["birth_date"], values["sex"]) == ("1949-12-31", "2")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"id_number": ID, "sex": "1"}, "id_number"),
        ({"id_number": ID, "birth_date": "1949-12-30"}, "id_number"),
        ({"id_number": "110105194912310021"}, "id_number"),
        ({"id_number": "110105491231002"}, "id_number"),
        ({"id_number": make_resident_id("339901", date(2027, 1, 1), 1)}, "id_number"),
        ({"id_valid_from": "2030-01-01", "id_valid_until": "2029-01-01"}, "id_valid_from"),
        ({"id_valid_from": "2020-01-01", "id_valid_until": "2019-01-01"}, "id_valid_until"),
        ({"birth_date": "2099-01-01"}, "birth_date"),
        ({"birth_date": "1850-01-01"}, "birth_date"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(values, field):
    with pytest.raises(ValidationError) as error:
        together(**values)
    assert field in error.value.message_dict


def test_an_old_number_that_nobody_touches_stands():
    values = {"id_kind": "resident_id", "id_number": "110105491231002"}
    assert check_together(values, kind="P", today=TODAY, touched={"mobile"}) == values
    with pytest.raises(ValidationError):
        check_together(values, kind="P", today=TODAY, touched={"id_number"})


@pytest.mark.parametrize(
    ("kind", "number", "ok"),
    [
        ("passport", "E12345678", True),
        ("hk_macao", "H12345678", True),
        ("hk_macao", "X1", False),
        ("taiwan", "12345678", True),
        ("passport", "护照", False),
    ],
)
def test_other_documents_have_their_own_form(kind, number, ok):
    values = {"id_kind": kind, "id_number": number}
    if ok:
        assert check_together(values, kind="P", today=TODAY)["id_number"] == number
    else:
        with pytest.raises(ValidationError):
            check_together(values, kind="P", today=TODAY)


def test_a_row_of_a_part_is_checked_whole():
    with pytest.raises(ValidationError) as error:
        clean_row("relatedperson", {"role": "agent"}, kind="C", today=TODAY)
    assert "name" in error.value.message_dict
    with pytest.raises(ValidationError):
        clean_row("contactpoint", {"kind": "mobile", "value": "123"}, kind="P", today=TODAY)
    with pytest.raises(ValidationError):
        clean_row("beneficialowner", {"name": "李明", "right": "shares", "percent": "120"}, kind="C", today=TODAY)
    assert (
        clean_row("contactpoint", {"kind": "email", "value": "a@example.com"}, kind="P", today=TODAY)["value"]
        == "a@example.com"
    )


def test_completeness_counts_weights_and_words_that_say_nothing():
    full = {f.key: "x" for f in CUSTOMER_FIELDS.of_kind("P") if f.weight}
    assert assess(full, kind="P", people=set()) == (100, [])
    percent, missing = assess(
        full | {"occupation": "不详", "mobile": "11111111111", "employer": ""}, kind="P", people=set()
    )
    assert missing == ["occupation", "mobile", "employer"] and percent < 100
    assert assess(full | {"id_valid_until": "", "id_permanent": "1"}, kind="P", people=set())[1] == []


def test_a_company_lacks_the_people_it_must_name():
    full = {f.key: "x" for f in CUSTOMER_FIELDS.of_kind("C") if f.weight}
    assert assess(full, kind="C", people=set())[1] == list(MANDATORY_PEOPLE)
    assert assess(full, kind="C", people=set(MANDATORY_PEOPLE)) == (100, [])
