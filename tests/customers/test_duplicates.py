"""What warns of a second archive of the same person, and what a submission sent twice does."""

from datetime import date

import pytest

from archives.customers.duplicates import likely_duplicates
from archives.models import Customer
from crm.lib.identifiers import make_resident_id, make_uscc
from crm.privacy.models import AccessEvent
from tests.archives import make_corporate, make_personal

ID = make_resident_id("339901", date(1980, 5, 17), 21)
NEW = "/customers/new/"


def form(outlet, **values) -> dict:
    return {"branch": outlet.pk, "name": "张三丰", "status": "customer", "source": "branch", "token": "t1"} | values


def found(user, kind="P", **values) -> dict[str, tuple]:
    return {hit.name: hit.why for hit in likely_duplicates(values, kind=kind, user=user)}


def test_the_same_submission_twice_leads_to_the_same_archive(teller, outlet, client_of):
    client, data = client_of(teller), form(outlet, id_kind="resident_id", id_number=ID)
    first, again = client.post(NEW, data), client.post(NEW, data)
    assert first.status_code == again.status_code == 302 and first.url == again.url
    assert Customer.objects.count() == 1


def test_the_token_of_somebody_else_opens_nothing(teller, colleague, outlet, client_of):
    client_of(colleague).post(NEW, form(outlet))
    response = client_of(teller).post(NEW, form(outlet, name="王五六"))
    assert response.status_code == 200 and Customer.objects.get().created_by == colleague


@pytest.mark.parametrize("given", [{}, {"status": "", "source": ""}])
def test_an_archive_has_a_status_and_a_source_from_the_start(teller, outlet, client_of, given):
    client_of(teller).post(NEW, {k: v for k, v in form(outlet).items() if k not in ("status", "source")} | given)
    customer = Customer.objects.get()
    assert (customer.status, customer.source) == ("customer", "branch")


def test_the_form_offers_no_empty_status(teller, client_of):
    page = client_of(teller).get(NEW).content.decode()
    box = page.split('name="status"')[1].split("</select>")[0]
    assert 'value=""' not in box and '<option value="customer" selected' in box


def test_it_looks_under_present_and_former_names_and_pinyin(teller, outlet):
    make_personal(branch=outlet, name="张三丰", former_name="张君宝")
    make_personal(branch=outlet, name="章三峰")
    assert set(found(teller, name="张三丰")) == {"张三丰", "章三峰"}
    assert found(teller, name="张君宝")["张三丰"] == ("name",)
    assert found(teller, name="邋遢道人", former_name="张三丰")["张三丰"] == ("name",)
    assert found(teller, name="赵无极") == {}


def test_it_looks_at_every_phone_that_still_stands(teller, outlet):
    point = ("contactpoint", {"kind": "mobile", "value": "15455550001"})
    customer = make_personal(branch=outlet, name="李一一", parts=[point])
    assert found(teller, name="赵无极", mobile="15455550001") == {"李一一": ("phone",)}
    customer.contactpoint_rows.update(is_removed=True)
    assert found(teller, name="赵无极", mobile="15455550001") == {}


def test_a_further_document_counts_as_the_same_document(teller, outlet):
    code = make_uscc("91339901", 4711)
    licence = ("identitydocument", {"kind": "business_licence", "number": code})
    make_corporate(branch=outlet, name="恒泰纺织有限公司", parts=[licence])
    make_personal(branch=outlet, name="李一一", parts=[("identitydocument", {"kind": "resident_id", "number": ID})])
    assert found(teller, kind="C", name="别的公司", uscc=code) == {"恒泰纺织有限公司": ("document",)}
    assert found(teller, name="赵无极", id_number=ID) == {"李一一": ("document",)}


def test_being_told_of_archives_elsewhere_is_counted(teller, bank, outlet, client_of, monkeypatch):
    monkeypatch.setattr("archives.customers.duplicates.TOLD_A_DAY", 1)
    there = make_personal(branch=bank["0201"], name="赵无极", id_number=ID)
    client, data = client_of(teller), form(outlet, id_kind="resident_id", id_number=ID)
    assert "滨江支行营业部" in client.post(NEW, data).content.decode()
    assert AccessEvent.objects.get(action="search").object_id == there.pk
    page = client.post(NEW, data).content.decode()
    assert "滨江支行营业部" not in page and "搜索过多" in page and Customer.objects.count() == 1
    client.post(NEW, form(outlet, token="t2"))
    assert Customer.objects.filter(name="张三丰").exists()  # without a document nothing is asked elsewhere
