"""Identity numbers: what passes, what is refused, and as which fault."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.lib.identifiers import (
    CHECKS,
    FORMS,
    IdentifierError,
    check_card_number,
    check_document,
    check_luhn,
    check_resident_id,
    check_uscc,
    is_legacy_resident_id,
    make_resident_id,
    make_uscc,
    normalise,
    resident_check_digit,
    resident_id_birth_date,
    resident_id_sex,
)

TODAY = date(2026, 11, 24)
CODES = Path(__file__).resolve().parents[3] / "shared/data/identifiers/uscc.csv"
BIRTHS = st.dates(date(1877, 1, 1), TODAY)


def fault(check, *args, **kwargs) -> str:
    with pytest.raises(IdentifierError) as caught:
        check(*args, **kwargs)
    assert caught.value.message == str(caught.value) != ""
    return caught.value.code


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("11010519491231002X", "11010519491231002X"),
        ("440524188001010014", "440524188001010014"),
        ("11010519491231002x", "11010519491231002X"),
        (" 110105 19491231 002x ", "11010519491231002X"),
        ("１１０１０５１９４９１２３１００２ｘ", "11010519491231002X"),
    ],
)
def test_a_resident_id_is_accepted_as_people_type_it(typed, number):
    assert check_resident_id(typed, today=TODAY) == number


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("110105194912310021", "check"),
        ("11010519491213002X", "check"),
        ("11010519491231002", "form"),
        ("1101051949123100２XX", "form"),
        ("X1010519491231002X", "form"),
        ("010105194912310020", "form"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢٤", "form"),
        ("", "form"),
        ("110105491231002", "legacy"),
        ("110105199902290021", "birth"),
        ("110105199913010021", "birth"),
        ("110105000001010021", "birth"),
        (make_resident_id("110105", date(2026, 11, 25), 1), "future"),
        (make_resident_id("110105", date(1876, 11, 23), 1), "ancient"),
    ],
)
def test_a_wrong_resident_id_names_its_fault(typed, code):
    assert fault(check_resident_id, typed, today=TODAY) == code


def test_the_edges_of_the_possible_birth_dates_are_accepted():
    for birth in (TODAY, date(1876, 11, 24)):
        assert check_resident_id(make_resident_id("110105", birth, 1), today=TODAY)


def test_sex_and_birth_date_must_agree_where_they_are_known():
    number = "11010519491231002X"
    assert check_resident_id(number, today=TODAY, sex="2", birth_date=date(1949, 12, 31)) == number
    assert check_resident_id(number, today=TODAY, sex="9") == number
    assert fault(check_resident_id, number, today=TODAY, sex="1") == "sex_differs"
    assert fault(check_resident_id, number, today=TODAY, birth_date=date(1949, 12, 30)) == "birth_differs"


@given(BIRTHS, st.integers(100_000, 999_999), st.integers(0, 999))
def test_a_made_number_passes_and_tells_its_holder(birth, division, sequence):
    number = make_resident_id(str(division), birth, sequence)
    assert check_resident_id(number.lower(), today=TODAY) == number
    assert resident_id_birth_date(number) == birth
    assert resident_id_sex(number) == ("1" if sequence % 2 else "2")


@given(BIRTHS, st.integers(0, 999), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(birth, sequence, place, shift):
    number = make_resident_id("330702", birth, sequence)
    other = CHECKS[(CHECKS.index(number[17]) + shift) % 11] if place == 17 else str((int(number[place]) + shift) % 10)
    with pytest.raises(IdentifierError):
        check_resident_id(number[:place] + other + number[place + 1 :], today=TODAY)


@given(BIRTHS, st.integers(0, 999), st.integers(0, 16))
def test_two_neighbours_swapped_are_always_found(birth, sequence, place):
    number = make_resident_id("330702", birth, sequence)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        with pytest.raises(IdentifierError):
            check_resident_id(swapped, today=TODAY)


def test_a_legacy_number_is_read_but_not_taken():
    assert is_legacy_resident_id("110105 491231 002")
    assert not is_legacy_resident_id("11010519491231002X")
    assert resident_id_birth_date("110105491231002") == date(1949, 12, 31)
    assert resident_id_sex("110105491231002") == "2"


@given(st.text(max_size=30))
def test_no_text_breaks_the_readers(text):
    resident_id_birth_date(text)
    assert resident_id_sex(text) in ("", "1", "2")
    for check in (check_uscc, check_card_number):
        with pytest.raises(IdentifierError):
            check(text + "?")


@pytest.mark.skipif(not CODES.exists(), reason="the shared data folder is not beside the repository")
def test_it_agrees_with_the_published_credit_codes():
    with CODES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wrong = []
    for row in rows:
        try:
            passes = check_uscc(row["uscc"].lower()) == row["uscc"]
        except IdentifierError:
            passes = False
        if passes != (row["valid"] == "1"):
            wrong.append(row["uscc"])
    assert len(rows) == 120
    assert wrong == []


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("91350100M000100Y44", "check"),
        ("91350100M000100Y4", "form"),
        ("91350100M000100YI3", "letters"),
        ("", "form"),
    ],
)
def test_a_wrong_credit_code_names_its_fault(typed, code):
    assert fault(check_uscc, typed) == code


@given(st.integers(0, 10**8 - 1), st.sampled_from(["91330702", "92330702", "12100000"]))
def test_a_made_credit_code_passes(index, prefix):
    assert check_uscc(make_uscc(prefix, index)).startswith(prefix)


@pytest.mark.parametrize(
    ("kind", "typed", "number"),
    [
        ("passport", "e 12345678", "E12345678"),
        ("hk_macao", "h12345678", "H12345678"),
        ("hk_macao", "M1234567801", "M1234567801"),
        ("taiwan", "12345678", "12345678"),
        ("taiwan", "1234567801B", "1234567801B"),
        ("military", "南字第01234567号", "南字第01234567号"),
        ("hmt_residence", make_resident_id("810000", date(1990, 1, 1), 1), None),
        ("foreign_permanent", "usa110085010203", "USA110085010203"),
        ("foreign_permanent", make_resident_id("911124", date(1981, 3, 3), 1), None),
        ("household", make_resident_id("330702", date(2020, 1, 1), 1), None),
        ("temporary_id", make_resident_id("330702", date(1990, 1, 1), 1), None),
        ("business_licence", "330702000012345", "330702000012345"),
        ("business_licence", "91350100m000100y43", "91350100M000100Y43"),
        ("institution", "事证第133070200012号"[3:15], None),
        ("other", "证字(2020)第7号", None),
        ("a kind nobody knows", "A-1234", "A1234"),
    ],
)
def test_other_documents_pass_in_their_own_form(kind, typed, number):
    assert check_document(kind, typed, today=TODAY) == (number or normalise(typed))


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        ("passport", "ABCDEFG", "form"),
        ("passport", "E1", "form"),
        ("hk_macao", "A12345678", "form"),
        ("taiwan", "1234567", "form"),
        ("taiwan", "١٢٣٤٥٦٧٨", "form"),
        ("military", "南字第号", "form"),
        ("hmt_residence", make_resident_id("330702", date(1990, 1, 1), 1), "form"),
        ("hmt_residence", make_resident_id("810000", date(1990, 1, 1), 1)[:17] + "?", "form"),
        ("foreign_permanent", make_resident_id("330702", date(1990, 1, 1), 1), "form"),
        ("household", "110105491231002", "legacy"),
        ("business_licence", "91350100M000100Y44", "check"),
        ("institution", "12100000123456789X", "check"),
        ("social_organisation", "5110", "form"),
        ("other", "?", "form"),
    ],
)
def test_other_documents_are_refused_by_name_of_the_fault(kind, typed, code):
    assert fault(check_document, kind, typed, today=TODAY) == code


@pytest.mark.parametrize("kind", FORMS)
def test_every_example_shown_to_people_would_itself_pass(kind):
    assert check_document(kind, FORMS[kind][1], today=TODAY) == FORMS[kind][1]


def test_the_holder_is_compared_on_documents_built_like_the_resident_id():
    number = make_resident_id("830000", date(1990, 1, 1), 1)
    assert fault(check_document, "hmt_residence", number, today=TODAY, sex="2") == "sex_differs"


@pytest.mark.parametrize("card", ["6228 4804 0256 4890 018", "4111111111111111", "6228480402564890018"])
def test_a_card_number_passes_with_its_check_digit(card):
    assert check_card_number(card) == card.replace(" ", "")


@pytest.mark.parametrize(
    ("card", "code"),
    [("4111111111111112", "check"), ("411111111111111", "form"), ("4" * 20, "form"), ("٤١١١١١١١١١١١١١١١", "form")],
)
def test_a_wrong_card_number_names_its_fault(card, code):
    assert fault(check_card_number, card) == code


@given(st.from_regex(r"[0-9]{15,18}", fullmatch=True))
def test_exactly_one_check_digit_fits_a_card(body):
    assert sum(check_luhn(f"{body}{digit}") for digit in range(10)) == 1


def test_the_check_character_of_the_standard_is_found():
    assert resident_check_digit("11010519491231002") == "X"
