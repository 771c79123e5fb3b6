"""What a list or a search must not read from the database."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archives.changes.services import propose_change
from archives.models import Customer
from crm.privacy.encryption import EncryptedTextField
from tests.archives import make_account, make_personal

ENCRYPTED = [field.name for field in Customer._meta.fields if isinstance(field, EncryptedTextField)]


@pytest.mark.parametrize("way", ["name", "phone", "account"])
def test_a_search_reads_no_encrypted_column(manager, teller, outlet, client_of, way):
    customer = make_personal(branch=outlet, name="单雄信", mobile="15400004021", manager=manager)
    make_account(customer=customer, number="6230000000007788")
    client = client_of(teller)
    client.get("/search/")
    with CaptureQueriesContext(connection) as captured:
        if way == "name":
            page = client.get("/search/", {"q": "shan"})
        else:
            page = client.post("/search/", {"kind": way, "value": {"phone": "4021", "account": "7788"}[way]})
    assert [hit.pk for hit in page.context["hits"]] == [customer.pk]
    read = [q["sql"].split(" FROM ")[0] for q in captured if "archives_customer" in q["sql"]]
    assert not [column for sql in read for column in ENCRYPTED if f'"archives_customer"."{column}"' in sql]


@pytest.mark.parametrize("url", ["/", "/inbox/", "/customers/"])
def test_lists_of_work_read_no_encrypted_column(manager, teller, outlet, client_of, now, url):
    customer = make_personal(branch=outlet, name="单雄信", manager=manager, occupation="")
    propose_change(
        customer=customer, proposer=teller, kind="edit", items={"employer": "临江大学"}, reason_code="changed", reason_text="换了单位", base_version=1, now=now
    )  # fmt: skip
    client = client_of(manager)
    client.get(f"/customers/{customer.number}/")
    with CaptureQueriesContext(connection) as captured:
        assert "单雄信" in client.get(url).content.decode()
    read = [q["sql"].split(" FROM ")[0] for q in captured if "archives_customer" in q["sql"]]
    assert not [column for sql in read for column in ENCRYPTED if f'"archives_customer"."{column}"' in sql]
