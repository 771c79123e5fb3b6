"""Who complains: plain to whoever works on it, masked to others, numbers masked for all until a reason is given."""

import pytest

from complaints.intake.registering import Person
from crm.privacy.models import AccessEvent
from tests.archives import make_personal
from tests.complaints.intake_world import pdf, registered

pytestmark = pytest.mark.django_db
PHONE = "13812349876"


@pytest.fixture
def case(teller, outlet, now):
    person = Person(
        name="金丝雀", phone=PHONE, email="canary@example.com", id_number="E12345678", address="临江市城东区秘密巷九号"
    )
    return registered(respondent=outlet, actor=teller, now=now, parties=[person], files=[pdf()])


@pytest.fixture
def linked(teller, outlet, now, manager):
    customer = make_personal(branch=outlet, manager=manager, name="李明亮", mobile="15499990007")
    return registered(respondent=outlet, actor=teller, now=now, customer=customer, name="")


def page(client, case) -> str:
    return client.get(f"/complaints/{case.number}/").content.decode()


def ask(client, case, key, **fields):
    name = f"{case.parties.first().pk}:{key}"
    return client.post(f"/complaints/{case.number}/reveal/", {"field": name, "reason": "complaint"} | fields)


@pytest.mark.parametrize(("who", "plain"), [("teller", True), ("service", True), ("head", True), ("president", True), ("auditor", False)])  # fmt: skip
def test_a_name_is_plain_to_whoever_works_on_it(case, cast, client_of, who, plain):
    text = page(client_of(cast[who]), case)
    assert ("金丝雀" in text) == plain and "138****9876" in text
    assert not any(secret in text for secret in (PHONE, "canary@example.com", "E12345678", "秘密巷"))


@pytest.mark.parametrize(("key", "plain"), [("phone", PHONE), ("email", "canary@example.com"), ("id_number", "E12345678"), ("address", "秘密巷九号")])  # fmt: skip
def test_a_value_is_shown_for_a_minute_against_a_reason(case, teller, client_of, key, plain):
    client = client_of(teller)
    response = ask(client, case, key)
    text = response.content.decode()
    assert response.status_code == 200 and plain in text and 'data-remask="60"' in text
    assert response["Refresh"] == f"60; url=/complaints/{case.number}/"
    line = AccessEvent.objects.get(action="reveal")
    assert (line.actor, line.object_type, line.object_id, line.reason) == (teller, "case", case.pk, "complaint")
    assert plain not in line.fields


def test_the_archive_tells_its_own_number_and_knows_who_asked(linked, teller, client_of):
    client = client_of(teller)
    assert "154****0007" in page(client, linked) and "15499990007" not in page(client, linked)
    assert "15499990007" in ask(client, linked, "archive.mobile").content.decode()
    line = AccessEvent.objects.get(action="reveal")
    assert (line.object_type, line.object_id, line.fields) == ("customer", linked.customer_id, "mobile")
    assert line.reason == f"complaint {linked.number}"


def test_a_reason_is_needed_and_what_is_not_there_is_not_shown(case, teller, client_of):
    client = client_of(teller)
    assert ask(client, case, "phone", reason="").status_code == 302
    assert ask(client, case, "phone", reason="other").status_code == 302
    for key in ("nothing", "archive.mobile", "name", "pk"):
        assert ask(client, case, key).status_code == 404
    for name in ("x", "0:phone", "9" * 40 + ":phone", "-1:phone"):
        assert client.post(f"/complaints/{case.number}/reveal/", {"field": name, "reason": "call"}).status_code == 404
    assert not AccessEvent.objects.filter(action="reveal").exists()


def test_whoever_may_not_read_the_name_reveals_nothing(case, cast, client_of):
    assert ask(client_of(cast["auditor"]), case, "phone").status_code == 403
    for who in ("stranger", "colleague"):
        assert ask(client_of(cast[who]), case, "phone").status_code == 404
    assert client_of(cast["teller"]).get(f"/complaints/{case.number}/reveal/").status_code == 405


def test_a_registration_opens_nobodys_archive(teller, outlet, bank, stranger, now, client_of):
    """What the archive of another outlet holds stays there, whatever number somebody writes into a case."""
    customer = make_personal(branch=bank["0201"], manager=stranger, name="异地之人", mobile="15499990009")
    case = registered(respondent=outlet, actor=teller, now=now, customer=customer, name="")
    client = client_of(teller)
    text = page(client, case)
    assert "异地之人" not in text and "154****0009" not in text and customer.number[:4] in text
    assert ask(client, case, "archive.mobile").status_code == 403


def test_there_is_a_day_limit(case, teller, client_of, monkeypatch):
    monkeypatch.setattr("archives.customers.revealing.QUOTA", 1)
    client = client_of(teller)
    assert ask(client, case, "phone").status_code == 200
    assert ask(client, case, "email").status_code == 302


@pytest.mark.parametrize(("who", "status"), [("teller", 200), ("service", 200), ("head", 200), ("auditor", 403), ("stranger", 404), ("admin", 403)])  # fmt: skip
def test_a_file_is_fetched_by_whoever_may_read_it_and_each_time_is_logged(case, cast, client_of, who, status):
    kept = case.files.get()
    response = client_of(cast[who]).get(f"/complaints/{case.number}/files/{kept.pk}/")
    assert response.status_code == status
    lines = AccessEvent.objects.filter(action="download", object_type="case", object_id=case.pk)
    assert lines.count() == (status == 200)
    if status == 200:
        assert "attachment" in response["Content-Disposition"] and response["X-Content-Type-Options"] == "nosniff"
        assert b"".join(response.streaming_content).startswith(b"%PDF")


def test_a_file_of_another_case_or_lost_on_disk_is_not_there(case, teller, outlet, now, client_of):
    other = registered(respondent=outlet, actor=teller, now=now)
    kept, client = case.files.get(), client_of(teller)
    assert client.get(f"/complaints/{other.number}/files/{kept.pk}/").status_code == 404
    kept.file.storage.delete(kept.file.name)
    assert client.get(f"/complaints/{case.number}/files/{kept.pk}/").status_code == 404


def test_who_looked_is_listed_for_the_head(case, linked, cast, client_of):
    ask(client_of(cast["service"]), case, "phone")
    ask(client_of(cast["service"]), linked, "archive.mobile")
    client_of(cast["stranger"]).get(f"/complaints/{case.number}/")
    client = client_of(cast["head"])
    text = client.get(f"/complaints/{case.number}/access/").content.decode()
    assert "方晓云" in text and "林远" in text
    assert "mobile" in client.get(f"/complaints/{linked.number}/access/").content.decode()
    assert client_of(cast["teller"]).get(f"/complaints/{case.number}/access/").status_code == 403
    assert client_of(cast["stranger_head"]).get(f"/complaints/{case.number}/access/").status_code == 404


def test_the_accused_sees_neither_case_nor_complainant(teller, colleague, outlet, now, client_of):
    case = registered(respondent=outlet, actor=teller, now=now, respondents=[colleague])
    client = client_of(colleague)
    for path in ("", "files/1/", "access/", "retype/", "acknowledgement/", "acknowledgement/print/"):
        assert client.get(f"/complaints/{case.number}/{path}").status_code in (403, 404)
