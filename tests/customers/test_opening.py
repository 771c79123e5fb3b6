"""Opening archives, duplicates, revealing, who looked: through the pages."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection

from archives.customers.fields import CUSTOMER_FIELDS
from archives.customers.services import open_archive
from archives.models import Customer
from crm.lib.identifiers import make_resident_id
from crm.notifications.models import Notice
from crm.privacy.models import AccessEvent
from tests.archives import make_corporate, make_personal

ID = make_resident_id("339901", date(1980, 5, 17), 21)


def form(outlet, **values) -> dict:
    return {
        "branch": outlet.pk,
        "name": "张三丰",
        "id_kind": "resident_id",
        "id_number": ID,
        "mobile": "15400000001",
        "token": "t1",
    } | values


def test_any_employee_in_scope_opens_an_archive_and_the_manager_is_told(teller, manager, outlet, client_of):
    response = client_of(teller).post("/customers/new/", form(outlet, manager=manager.pk))
    customer = Customer.objects.get()
    assert response.url == f"/customers/{customer.number}/"
    assert (customer.sex, customer.birth_date, customer.pinyin, customer.created_by) == (
        "1",
        date(1980, 5, 17),
        "zhang san feng",
        teller,
    )
    assert Notice.objects.get().recipient == manager
    assert 0 < customer.completeness < 100 and " occupation " in customer.missing
    assert customer.history.get().history_user == teller


@pytest.mark.parametrize("who", ["auditor", "admin"])
def test_others_open_none(who, cast, outlet, client_of):
    assert client_of(cast[who]).post("/customers/new/", form(outlet)).status_code == 403
    assert Customer.objects.count() == 0


def test_nobody_opens_one_outside_their_branch(stranger, outlet, manager, client_of):
    response = client_of(stranger).post("/customers/new/", form(outlet, manager=manager.pk))
    assert response.status_code == 200 and Customer.objects.count() == 0


def test_a_double_click_makes_one(teller, outlet, client_of):
    client = client_of(teller)
    first = client.post("/customers/new/", form(outlet, id_number="", id_kind=""))
    again = client.post("/customers/new/", form(outlet, id_number="", id_kind="", different="on"))
    assert first.url == again.url and Customer.objects.count() == 1


def test_the_same_document_is_refused_and_the_same_name_warns(teller, outlet, client_of):
    make_personal(branch=outlet, name="张三丰", id_number=ID)
    client = client_of(teller)
    page = client.post("/customers/new/", form(outlet, token="t2", different="on")).content.decode()
    assert "证件相同" in page and Customer.objects.count() == 1
    other = {"id_number": make_resident_id("339901", date(1981, 1, 1), 31), "token": "t3", "mobile": "15400000002"}
    assert "姓名相同" in client.post("/customers/new/", form(outlet, **other)).content.decode()
    client.post("/customers/new/", form(outlet, different="on", **other))
    assert Customer.objects.count() == 2


def test_an_archive_elsewhere_shows_only_whom_to_ask(teller, stranger, bank, outlet, client_of):
    make_personal(branch=bank["0201"], manager=stranger, name="赵无极", id_number=ID, mobile="15400009999")
    page = client_of(teller).post("/customers/new/", form(outlet)).content.decode()
    assert "林远" in page and "赵无极" not in page and "9999" not in page
    assert AccessEvent.objects.filter(action="search", actor=teller, result="exists elsewhere").exists()


def test_a_wrong_value_comes_back_with_its_place_and_nothing_is_lost(teller, outlet, client_of):
    page = (
        client_of(teller)
        .post("/customers/new/", form(outlet, id_number=ID[:-1] + "0", employer="<script>alert(1)</script>"))
        .content.decode()
    )
    assert Customer.objects.count() == 0
    assert 'id="id_id_number-error"' in page and "张三丰" in page and "<script>alert" not in page


@pytest.mark.parametrize("junk", ["\0", "a\0b", "长" * 20_000, "<img src=x onerror=alert(1)>", "𠮷\u202e"])
def test_junk_is_never_an_error(teller, outlet, client_of, junk):
    data = {
        key: junk
        for key in ("name", "employer", "id_number", "mobile", "email", "annual_income", "branch", "manager", "token")
    }
    assert client_of(teller).post("/customers/new/", data).status_code == 200


def test_extra_fields_are_ignored(teller, outlet, client_of):
    client_of(teller).post(
        "/customers/new/", form(outlet, status="closed", version="99", number="1", completeness="100", kind="C")
    )
    customer = Customer.objects.get()
    assert (customer.version, customer.kind) == (1, "P") and customer.number != "1"


def test_a_company_comes_with_its_people(manager, outlet, client_of):
    data = {
        "branch": outlet.pk, "manager": manager.pk, "name": "临江市恒泰纺织有限公司", "id_kind": "business_licence", "uscc": "91100000100003962T",
        "legal_representative-role": "legal_representative", "legal_representative-name": "王建国", "controller-role": "controller",
        "agent-role": "agent", "owner-source": "customer",
    }  # fmt: skip
    client_of(manager).post("/customers/new/?kind=C", data)
    company = Customer.objects.get()
    assert company.number.startswith("8") and company.relatedperson_rows.get().name == "王建国"
    assert "person:legal_representative" not in company.missing_keys and "person:controller" in company.missing_keys


def test_numbers_are_unique_and_checked(outlet):
    numbers = {make_personal(branch=outlet).number for _n in range(12)} | {
        make_corporate(branch=outlet).number for _n in range(3)
    }
    assert len(numbers) == 15 and all(len(number) == 10 for number in numbers)


def test_no_personal_number_lies_open_in_the_database(outlet):
    make_personal(branch=outlet, id_number=ID, mobile="15400000001", email="someone@example.com")
    with connection.cursor() as cursor:
        for table in ("archives_customer", "archives_historicalcustomer"):
            cursor.execute(f"SELECT * FROM {table}")
            dump = repr(cursor.fetchall())
            assert ID not in dump and "15400000001" not in dump and "someone@" not in dump


REVEAL = {"field": "mobile", "reason": "call"}


def test_a_masked_value_is_shown_with_a_reason_and_leaves_a_line(teller, outlet, client_of):
    customer = make_personal(branch=outlet, mobile="15400000001")
    client = client_of(teller)
    assert "15400000001" not in client.get(f"/customers/{customer.number}/").content.decode()
    response = client.post(f"/customers/{customer.number}/reveal/", REVEAL)
    page = response.content.decode()
    assert "15400000001" in page and 'data-remask="60"' in page and response["Cache-Control"] == "no-store"
    event = AccessEvent.objects.get(action="reveal")
    assert (event.actor, event.object_id, event.fields, event.reason) == (teller, customer.pk, "mobile", "call")


@pytest.mark.parametrize(
    "data", [{"field": "mobile"}, {"field": "mobile", "reason": "other"}, {"field": "mobile", "reason": "x"}]
)
def test_without_a_reason_nothing_is_shown(teller, outlet, client_of, data):
    customer = make_personal(branch=outlet, mobile="15400000001")
    response = client_of(teller).post(f"/customers/{customer.number}/reveal/", data, follow=True)
    assert "15400000001" not in response.content.decode() and not AccessEvent.objects.filter(action="reveal").exists()


@pytest.mark.parametrize(
    "field", ["nothing", "mobile:1:x", "contactpoint:999:value", "contactpoint:1:customer", "x" * 500, "\0"]
)
def test_what_does_not_exist_is_not_revealed(teller, outlet, client_of, field):
    customer = make_personal(branch=outlet)
    assert client_of(teller).post(f"/customers/{customer.number}/reveal/", REVEAL | {"field": field}).status_code in (
        302,
        404,
    )


def test_who_may_not_reveal(auditor, admin, stranger, outlet, client_of):
    customer = make_personal(branch=outlet)
    url = f"/customers/{customer.number}/reveal/"
    assert client_of(auditor).post(url, REVEAL).status_code == 403
    assert client_of(admin).post(url, REVEAL).status_code == 403
    assert client_of(stranger).post(url, REVEAL).status_code == 404
    assert AccessEvent.objects.filter(action="denied", actor=stranger, object_id=customer.pk).exists()


def test_the_quota_of_a_day_ends_revealing(teller, outlet, client_of, monkeypatch):
    monkeypatch.setattr("archives.customers.revealing.QUOTA", 2)
    customer = make_personal(branch=outlet, mobile="15400000001")
    client = client_of(teller)
    pages = [
        client.post(f"/customers/{customer.number}/reveal/", REVEAL, follow=True).content.decode() for _n in range(3)
    ]
    assert ["15400000001" in page for page in pages] == [True, True, False]


def test_who_looked_is_for_managers(manager, teller, outlet, client_of):
    customer = make_personal(branch=outlet)
    client_of(teller).get(f"/customers/{customer.number}/")
    client_of(teller).get(f"/customers/{customer.number}/")
    page = client_of(manager).get(f"/customers/{customer.number}/access/").content.decode()
    assert page.count("TH-TELLER") == 1
    assert client_of(teller).get(f"/customers/{customer.number}/access/").status_code == 403


def test_names_are_plain_to_those_who_serve_and_masked_to_others(teller, auditor, outlet, client_of):
    customer = make_personal(branch=outlet, name="诸葛孔明", emergency_name="司马懿仲达")
    assert "诸葛孔明" in client_of(teller).get(f"/customers/{customer.number}/").content.decode()
    page = client_of(auditor).get(f"/customers/{customer.number}/").content.decode()
    assert "诸葛孔明" not in page and "诸葛**" in page and "司马懿" not in page


def test_a_field_outside_the_catalogue_is_found():
    from archives.checks import uncatalogued

    assert uncatalogued(Customer, CUSTOMER_FIELDS, frozenset({"id"})) != []
    call_command("check")


def test_no_identity_field_may_be_filled_without_approval(settings):
    from archives.checks import identity_is_never_filled_without_approval

    settings.ARCHIVE_FILL_WITHOUT_APPROVAL = ["email", "name", "occupation"]
    assert len(identity_is_never_filled_without_approval(None)) == 2


def test_opening_is_refused_for_a_document_that_has_an_archive(outlet):
    from django.db import IntegrityError

    make_personal(branch=outlet, id_number=ID)
    with pytest.raises(IntegrityError):
        open_archive(
            values={"name": "别人", "id_kind": "resident_id", "id_number": ID},
            kind="P",
            branch=outlet,
            manager=None,
            actor=None,
            now=Customer.objects.get().created_at,
        )


def test_ten_megabytes_are_refused_calmly(teller, outlet, client_of):
    response = client_of(teller).post("/customers/new/", form(outlet, employer="长" * 4_000_000))
    assert response.status_code == 400 and Customer.objects.count() == 0
