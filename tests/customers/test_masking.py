"""Who reads what plain, and how long; what the access log tells in words."""

from datetime import timedelta

import pytest
from django.db import connection

from archives.checks import PART_BOOKKEEPING, every_field_is_catalogued, uncatalogued
from archives.customers.fields import PART_FIELDS
from archives.customers.presentation import archive_sections, part_sections
from archives.customers.revealing import fields_told, reason_told
from archives.customers.values import read_row
from archives.models import Customer
from crm.lib.identifiers import make_resident_id
from crm.privacy.catalogue import Catalogue
from crm.privacy.masks import mask_address
from tests.archives import BORN, make_corporate, make_personal

PERSON = {
    "role": "agent",
    "name": "诸葛孔明",
    "id_kind": "resident_id",
    "id_number": make_resident_id("339901", BORN, 77),
}
OWNER = {"name": "司马懿仲达", "right": "shares"}


def test_the_people_of_a_company_are_masked_where_its_name_is_not(auditor, teller, outlet, client_of):
    parts = [("relatedperson", PERSON), ("beneficialowner", OWNER)]
    company = make_corporate(branch=outlet, name="临江市恒泰纺织有限公司", parts=parts)
    page = client_of(auditor).get(f"/customers/{company.number}/").content.decode()
    assert "恒泰纺织有限公司" in page and "诸葛**" in page
    assert "孔明" not in page and "仲达" not in page
    served = client_of(teller).get(f"/customers/{company.number}/").content.decode()
    assert "诸葛孔明" in served and PERSON["id_number"] not in served


def test_a_note_of_an_archive_elsewhere_stays_there(teller, bank, outlet):
    mine = make_personal(branch=outlet, name="本地人")
    elsewhere = {"other": mine.number, "role": "parent", "note": "借款担保"}
    make_personal(branch=bank["0201"], name="外地人", parts=[("relation", elsewhere)])
    near = {"other": mine.number, "role": "spouse", "note": "同住"}
    make_personal(branch=outlet, name="邻居", parts=[("relation", near)])
    rows = next(s for s in part_sections(mine, user=teller, pending={}) if s.key == "relation").rows
    text = " ".join(row.text for row in rows)
    assert "同住" in text and "邻居" in text and len(rows) == 2
    assert "借款担保" not in text and "外地人" not in text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("临江市城东区人民路1号", "临江市城东区***"),
        ("浙江省杭州市西湖区文三路90号", "浙江省杭州市西湖区***"),
        ("广西壮族自治区南宁市青秀区民族大道", "广西壮族自治区南宁市青秀区***"),
        ("浙江省淳安县千岛湖镇", "浙江省淳安县***"),
        ("临江市人民路12号锦绣小区3幢", "临江市***"),
        ("杭州市文三路90号东部软件园区", "杭州市***"),
        ("杭州市西溪花园小区3幢", "杭州市***"),
        ("上海南京东路100号", "上海***"),
        ("", ""),
    ],
)
def test_an_address_is_told_to_its_district(address, shown):
    assert mask_address(address) == shown


def test_a_value_shown_goes_away_without_scripts_too(teller, outlet, client_of):
    customer = make_personal(branch=outlet)
    url = f"/customers/{customer.number}/"
    response = client_of(teller).post(f"{url}reveal/", {"field": "mobile", "reason": "call"})
    assert response["Refresh"] == f"60; url={url}" and customer.mobile not in str(dict(response.headers))


def test_the_access_log_speaks_in_words(manager, teller, outlet, client_of):
    customer = make_personal(branch=outlet, parts=[("contactpoint", {"kind": "mobile", "value": "15455550000"})])
    row = customer.contactpoint_rows.get()
    data = {"field": f"contactpoint:{row.pk}:value", "reason": "other", "note": "核对号码"}
    client_of(teller).post(f"/customers/{customer.number}/reveal/", data)
    page = client_of(manager).get(f"/customers/{customer.number}/access/").content.decode()
    assert "其他: 核对号码" in page and "联系方式 · " in page and "contactpoint" not in page and "other:" not in page
    line = client_of(manager).get(f"/customers/{customer.number}/").content.decode()
    assert "其他: 核对号码" in line and "other:" not in line


def test_the_log_keeps_what_it_does_not_know():
    assert (fields_told("strange:1"), reason_told("strange: x")) == ("strange:1", "strange: x")
    assert "mobile" not in fields_told("mobile") and fields_told("CR-7:mobile").startswith("CR-7 · ")


def test_a_document_valid_for_good_does_not_expire(teller, outlet, today):
    past = str(today - timedelta(days=400))
    customer = make_personal(branch=outlet, id_valid_until=past, id_permanent="1")
    assert _hint(customer, teller, today) == ""
    assert _hint(make_personal(branch=outlet, id_valid_until=past), teller, today) != ""


def _hint(customer, user, today) -> str:
    rows = [row for s in archive_sections(customer, user=user, pending={}, today=today) for row in s.rows]
    return next(row.hint for row in rows if row.key == "id_valid_until")


def test_no_part_lies_open_in_the_database(outlet):
    parts = [
        ("relatedperson", PERSON | {"phone": "0571-87776666"}),
        ("identitydocument", {"kind": "business_licence", "number": "913301000000001"}),
        ("contactpoint", {"kind": "email", "value": "canary@example.com"}),
    ]
    company = make_corporate(branch=outlet, parts=parts)
    assert read_row("relatedperson", company.relatedperson_rows.get())["id_number"] == PERSON["id_number"]
    with connection.cursor() as cursor:
        tables = [t for t in connection.introspection.table_names(cursor) if t.startswith("archives_")]
        dump = ""
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
            dump += repr(cursor.fetchall())
    assert "诸葛孔明" in dump  # names are plain columns: the walk reads the rows
    for secret in (PERSON["id_number"], "87776666", "913301000000001", "canary@"):
        assert secret not in dump


def test_a_part_field_outside_the_catalogue_is_found(monkeypatch):
    assert every_field_is_catalogued(None) == []
    known = PART_FIELDS["contactpoint"]
    monkeypatch.setitem(PART_FIELDS, "contactpoint", Catalogue(tuple(f for f in known.fields if f.key != "note")))
    assert [error.id for error in every_field_is_catalogued(None)] == ["archives.E002"]
    assert uncatalogued(Customer.contactpoint_rows.rel.related_model, known, PART_BOOKKEEPING) == []
