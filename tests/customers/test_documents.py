"""Which document belongs to whom, and numbers as people paste them."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from archives.customers.fields import CUSTOMER_FIELDS
from archives.customers.forms import RowForm
from archives.customers.values import check_together, clean, clean_row
from archives.models import Customer
from crm.lib.identifiers import make_resident_id

TODAY = date(2026, 11, 24)
ID = make_resident_id("339901", date(1980, 5, 17), 21)


@pytest.mark.parametrize(
    ("part", "kind", "values", "fits"),
    [
        ("relatedperson", "C", {"role": "agent", "name": "王建国", "id_kind": "resident_id", "id_number": ID}, True),
        ("relatedperson", "C", {"role": "agent", "name": "王建国", "id_kind": "resident_id", "id_number": ID[:-1]}, False),
        ("relatedperson", "C", {"role": "controller", "name": "母公司", "id_kind": "business_licence"}, True),
        ("beneficialowner", "C", {"name": "王建国", "right": "shares", "id_kind": "passport"}, True),
        ("beneficialowner", "C", {"name": "王建国", "right": "shares", "id_kind": "business_licence"}, False),
        ("identitydocument", "P", {"kind": "passport", "number": "E12345678"}, True),
        ("identitydocument", "P", {"kind": "business_licence", "number": "913301000000001"}, False),
        ("identitydocument", "C", {"kind": "resident_id", "number": ID}, False),
        ("identitydocument", "C", {"kind": "other", "number": "A1234567"}, True),
        ("preference", "P", {"kind": "hobby", "value": "书法", "source": "stated", "noted_on": "2026-11-24"}, True),
        ("preference", "P", {"kind": "hobby", "value": "书法", "source": "stated", "noted_on": "2026-11-25"}, False),
    ],
)  # fmt: skip
def test_a_row_takes_the_documents_of_its_holder(part, kind, values, fits):
    if fits:
        assert clean_row(part, values, kind=kind, today=TODAY).items() >= values.items()
    else:
        with pytest.raises(ValidationError):
            clean_row(part, values, kind=kind, today=TODAY)


def test_the_person_of_a_company_is_offered_an_identity_card():
    offered = {
        value for value, _label in RowForm(part="relatedperson", kind="C", today=TODAY).fields["id_kind"].widget.choices
    }
    assert {"resident_id", "passport", "business_licence"} <= offered


def test_a_company_opens_with_the_card_of_its_representative(manager, outlet, client_of):
    data = {
        "branch": outlet.pk, "name": "临江市恒泰纺织有限公司", "token": "t", "legal_representative-role": "legal_representative",
        "legal_representative-name": "王建国", "legal_representative-id_kind": "resident_id", "legal_representative-id_number": ID,
    }  # fmt: skip
    client_of(manager).post("/customers/new/?kind=C", data)
    person = Customer.objects.get().relatedperson_rows.get()
    assert (person.id_kind, person.id_number) == ("resident_id", ID)


@pytest.mark.parametrize(
    ("key", "pasted", "kept"),
    [
        ("mobile", "\u202d138 1234 5678\u202c", "13812345678"),
        ("id_number", f"\ufeff{ID}\u200b", ID),
        ("id_valid_until", "\u200e2030-01-02", "2030-01-02"),
        ("annual_income", "\u202d1200\0", "1200.00"),
        ("region", "330\u200b106", "330106"),
    ],
)
def test_marks_that_nobody_sees_are_stripped(key, pasted, kept):
    assert clean(CUSTOMER_FIELDS[key], pasted, kind="P", today=TODAY) == kept


def test_a_status_can_be_changed_but_not_taken_away():
    assert check_together({"status": ""}, kind="P", today=TODAY) == {"status": ""}
    with pytest.raises(ValidationError) as error:
        check_together({"status": ""}, kind="P", today=TODAY, touched={"status"})
    assert "status" in error.value.message_dict


def test_what_is_wrong_with_a_person_is_told_above_the_form(manager, outlet, client_of):
    data = {
        "branch": outlet.pk, "name": "临江市恒泰纺织有限公司", "token": "t", "agent-role": "agent", "agent-name": "王建国",
        "agent-id_kind": "resident_id", "agent-id_number": ID[:-2],
    }  # fmt: skip
    page = client_of(manager).post("/customers/new/?kind=C", data).content.decode()
    assert Customer.objects.count() == 0 and page.index('href="#f-agent-id_number"') < page.index('id="f-branch"')
