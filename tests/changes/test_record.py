"""The modification record, the archive on any day, rows of its parts, bringing back an earlier value."""

from datetime import timedelta

import pytest

from archives.changes.models import ChangeRequest, Modification
from archives.changes.proposing import items_of
from archives.changes.record import modifications_of, state_on
from archives.changes.rows import unpack
from archives.models import Customer
from crm.lib.refusals import Moved, Refused

CONTACT = {"kind": "work", "value": "021-62345678", "note": "前台"}


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_the_archive_is_shown_as_it_stood_on_a_day(ask, decide, archive, today, now):
    day = timedelta(days=1)
    decide(ask({"employer": "第二家"}, now=now + day), now=now + day)
    decide(ask({"employer": "第三家"}, now=now + 3 * day), now=now + 3 * day)
    stood = {n: state_on(archive, today + n * day) for n in (-1, 0, 1, 2, 3)}
    assert stood[-1] is None
    assert [stood[n].employer for n in (0, 1, 2, 3)] == ["临江市第二纺织厂", "第二家", "第二家", "第三家"]


def test_the_record_is_filtered_by_field_person_and_day(ask, decide, archive, teller, lobby, now, today):
    decide(ask({"employer": "第二家"}))
    decide(ask({"job_title": "技术员"}, proposer=lobby), now=now + timedelta(days=2))
    labels = lambda **f: [m.field for m in modifications_of(archive, **f)]  # noqa: E731
    assert labels() == ["job_title", "employer"]
    assert labels(field="employer") == labels(person=teller.pk) == labels(last=today) == ["employer"]
    assert labels(first=today + timedelta(days=1)) == ["job_title"]


def test_the_record_page_masks_and_names(client_of, ask, decide, archive, manager):
    decide(ask({"mobile": "13899995678"}))
    page = client_of(manager).get(f"/customers/{archive.number}/modifications/").content.decode()
    assert "138****5678" in page and "13899995678" not in page
    assert "何静" in page and "周雅" in page and "客户本人到店" in page


@pytest.mark.parametrize("query", ["field=x", "person=9999", "first=x", "on=2026-13-40", "on=1999-01-01", "after=x", "field=%00"])  # fmt: skip
def test_a_broken_filter_is_no_fault(client_of, archive, manager, query):
    assert client_of(manager).get(f"/customers/{archive.number}/modifications/?{query}").status_code == 200


def test_an_earlier_value_comes_back_by_an_ordinary_request(client_of, ask, decide, archive, manager, teller):
    decide(ask({"mobile": "13899995678"}))
    row = archive.modifications.get()
    browser = client_of(teller)
    url = f"/customers/{archive.number}/propose/?field=mobile&restore={row.pk}"
    assert "13812344021" not in browser.get(url).content.decode()
    body = {
        "reason_code": "wrong",
        "reason_text": "号码录错，改回",
        "mobile": "",
        "base_version": fresh(archive).version,
    }
    assert browser.post(url, body).status_code == 302
    request = ChangeRequest.objects.open().get()
    assert [(i.old, i.new) for i in items_of(request)] == [("13899995678", "13812344021")]


def test_a_line_of_another_archives_record_is_not_brought_back(
    client_of, ask, decide, archive, company, manager, teller
):
    decide(ask({"address": "临江市滨江区江边路1号"}, customer=company))
    decide(ask({"address": "临江市滨江区江边路2号"}, customer=company))
    row = company.modifications.first()
    page = client_of(teller).get(f"/customers/{archive.number}/propose/?field=address&restore={row.pk}")
    assert "江边路1号" not in page.content.decode()


def test_a_row_is_added_changed_and_removed_by_requests(ask, decide, archive):
    decide(ask(part_items=[("contactpoint", 0, CONTACT)]))
    row = archive.contactpoint_rows.get()
    assert (row.value, row.note) == ("021-62345678", "前台")
    decide(ask(part_items=[("contactpoint", row.pk, CONTACT | {"note": "人事科"})]))
    assert fresh(row).note == "人事科"
    decide(ask(part_items=[("contactpoint", row.pk, None)]))
    assert fresh(row).is_removed
    assert [h.note for h in row.history.all()][::-1] == ["前台", "人事科", "人事科"]
    lines = [(unpack(m.old).get("note"), unpack(m.new).get("note"), m.row) for m in modifications_of(archive)]
    assert lines == [("人事科", None, row.pk), ("前台", "人事科", row.pk), (None, "前台", row.pk)]


def test_nothing_of_a_proposed_row_is_live(ask, archive):
    ask(part_items=[("contactpoint", 0, CONTACT)])
    assert not archive.contactpoint_rows.exists()


def test_a_row_changed_meanwhile_has_moved(ask, decide, archive, lobby):
    decide(ask(part_items=[("contactpoint", 0, CONTACT)]))
    row = archive.contactpoint_rows.get()
    late = ask(part_items=[("contactpoint", row.pk, CONTACT | {"note": "甲"})])
    decide(ask(part_items=[("contactpoint", row.pk, CONTACT | {"note": "乙"})], proposer=lobby))
    with pytest.raises(Moved):
        decide(late)


def test_a_row_removed_meanwhile_is_told(ask, decide, archive, lobby):
    decide(ask(part_items=[("contactpoint", 0, CONTACT)]))
    row = archive.contactpoint_rows.get()
    late = ask(part_items=[("contactpoint", row.pk, CONTACT | {"note": "甲"})])
    decide(ask(part_items=[("contactpoint", row.pk, None)], proposer=lobby))
    with pytest.raises(Refused):
        decide(late, confirmed={items_of(late)[0].pk: fresh(archive).version})
    assert fresh(late).is_open


def test_a_relation_reads_from_both_sides(ask, decide, archive, outlet, manager, client_of, now):
    from archives.customers.services import open_archive

    wife = open_archive(values={"name": "王秀兰"}, kind="P", branch=outlet, manager=manager, actor=manager, now=now)
    decide(ask(part_items=[("relation", 0, {"other": wife.number, "role": "spouse"})]))
    browser = client_of(manager)
    assert "王秀兰" in browser.get(f"/customers/{archive.number}/").content.decode()
    assert "李明亮" in browser.get(f"/customers/{wife.number}/").content.decode()


def test_an_identity_document_needs_evidence_to_change(ask, decide, pdf, archive):
    row = {"kind": "passport", "number": "E12345678"}
    decide(ask(part_items=[("identitydocument", 0, row)], evidence=[pdf()]))
    kept = archive.identitydocument_rows.get()
    with pytest.raises(Refused):
        ask(part_items=[("identitydocument", kept.pk, row | {"number": "E12345679"})])
    with pytest.raises(Refused):
        ask(part_items=[("identitydocument", kept.pk, None)])


def test_a_part_of_companies_does_not_fit_a_person(ask):
    with pytest.raises(Refused):
        ask(part_items=[("relatedperson", 0, {"role": "agent", "name": "王五"})])


def test_a_company_completes_its_people(client_of, ask, decide, company, teller):
    page = client_of(teller).get(f"/customers/{company.number}/propose/?part=relatedperson")
    assert page.status_code == 200 and 'name="role"' in page.content.decode()
    assert "person:agent" in company.missing
    decide(ask(customer=company, part_items=[("relatedperson", 0, {"role": "agent", "name": "王五"})]))
    assert "person:agent" not in fresh(company).missing


def test_values_are_encrypted_where_they_wait_and_where_they_stay(ask, decide, django_db_blocker):
    from django.db import connection

    decide(ask({"mobile": "13899995678"}))
    for model in (ChangeRequest.items.rel.related_model, Modification):
        with connection.cursor() as cursor:
            cursor.execute(f"select old, new from {model._meta.db_table}")
            assert all("138" not in str(cell)[:4] and ":" in cell for row in cursor.fetchall() for cell in row)


def test_history_and_record_tell_the_same_story(ask, decide, archive):
    for n in range(5):
        decide(ask({"employer": f"第{n}号工厂", "job_title": f"岗位{n}"}))
    customer = Customer.objects.get(pk=archive.pk)
    told = [m.new for m in modifications_of(customer, field="employer")]
    assert told == [h.employer for h in customer.history.all()][:-1]
    assert [h.version for h in customer.history.all()] == [6, 5, 4, 3, 2, 1]
