"""Phone numbers come in many dresses and are stored in one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.lib.identifiers import IdentifierError
from crm.lib.phones import check_mobile, check_phone, normalise_phone


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13800138000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("+852 2345 6789", "+85223456789"),
        ("00852-2345-6789", "+85223456789"),
        ("+1 (415) 555-2671", "+14155552671"),
    ],
)
def test_a_mobile_number_is_stored_in_one_form(typed, number):
    assert check_mobile(typed) == number
    assert check_mobile(number) == number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0571-88001234", "0571-88001234"),
        ("(0571) 88001234", "0571-88001234"),
        ("（０５７１）８８００１２３４", "0571-88001234"),
        ("057188001234", "0571-88001234"),
        ("0571-8800-1234", "0571-88001234"),
        ("01088001234", "010-88001234"),
        ("021-62345678", "021-62345678"),
        ("0570-3021234", "0570-3021234"),
        ("+86 571 8800 1234", "0571-88001234"),
        ("+86-010-88001234", "010-88001234"),
        ("0571-88001234-801", "0571-88001234-801"),
        ("0571-88001234转801", "0571-88001234-801"),
        ("400-820-8888", "4008208888"),
        ("95588", "95588"),
        ("13800138000", "13800138000"),
    ],
)
def test_a_phone_number_is_stored_in_one_form(typed, number):
    assert check_phone(typed) == number
    assert check_phone(number) == number


@pytest.mark.parametrize(
    "typed", ["12800138000", "1380013800", "138001380001", "+8612800138000", "", "0571-88001234", "+1"]
)
def test_what_is_no_mobile_is_refused(typed):
    with pytest.raises(IdentifierError):
        check_mobile(typed)


@pytest.mark.parametrize(
    "typed",
    ["88001234", "0571-8800123456", "0571-18001234", "400123", "+999123456789", "", "无", "0571", "١٣٨٠٠١٣٨٠٠٠"],
)
def test_what_is_no_phone_is_refused(typed):
    with pytest.raises(IdentifierError):
        check_phone(typed)


@given(st.text(max_size=40) | st.text("+0123456789-() 转x", max_size=30))
def test_any_text_is_refused_or_settles_at_once(text):
    try:
        number = check_phone(text)
    except IdentifierError:
        return
    assert check_phone(number) == number == normalise_phone(number)
