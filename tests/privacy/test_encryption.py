"""Personal values at rest: unreadable in the database, unaskable but by blind index, open under kept keys."""

import base64
import os

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection

from archives.models import Customer
from crm.privacy.encryption import BlindIndexField, blind_index, decrypt, encrypt, normalise
from tests.archives import make_personal

PHONE = "15400004021"


def key(kid):
    return f"{kid}:{base64.urlsafe_b64encode(os.urandom(32)).decode()}"


@pytest.fixture
def customer(outlet):
    return make_personal(branch=outlet, mobile=PHONE)


def cell(customer, column="mobile"):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {Customer._meta.db_table} WHERE id = %s", [customer.pk])
        return cursor.fetchone()[0]


def put(customer, text, column="mobile"):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {Customer._meta.db_table} SET {column} = %s WHERE id = %s", [text, customer.pk])


def test_the_database_holds_no_plain_value(customer):
    kept = cell(customer)
    assert PHONE not in kept
    assert PHONE.encode() not in base64.b64decode(kept.partition(":")[2])
    assert Customer.objects.get(pk=customer.pk).mobile == PHONE


def test_the_same_value_is_never_written_twice_the_same():
    assert encrypt(PHONE, purpose="x") != encrypt(PHONE, purpose="x")


def test_a_row_copied_by_insert_select_still_opens(customer):
    """As set-based work writes histories."""
    history = Customer.history.model
    Customer.history.all().delete()
    kept = {f.column for f in history._meta.concrete_fields}
    columns = ", ".join(f'"{f.column}"' for f in Customer._meta.concrete_fields if f.column in kept)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {history._meta.db_table} ({columns}, history_date, history_type, history_change_reason) "
            f"SELECT {columns}, created_at, '~', '' FROM {Customer._meta.db_table}"
        )
    assert Customer.history.get().mobile == PHONE


def test_an_altered_cell_is_refused(customer):
    kid, _, body = cell(customer).partition(":")
    raw = bytearray(base64.b64decode(body))
    for place in (0, 12, len(raw) - 1):
        changed = bytearray(raw)
        changed[place] ^= 1
        put(customer, f"{kid}:{base64.b64encode(changed).decode()}")
        with pytest.raises(ValueError, match="altered or belongs elsewhere"):
            Customer.objects.get(pk=customer.pk)


def test_a_cell_moved_to_another_field_is_refused(customer):
    put(customer, cell(customer), "id_number")
    with pytest.raises(ValueError, match="altered or belongs elsewhere"):
        Customer.objects.get(pk=customer.pk)


@pytest.mark.parametrize("text", ["plain", "1:", "1:AAAA", "1:not base64!", "9:AAAA", ":", "1:" + "A" * 15])
def test_a_cell_that_is_none_is_a_value_error(text):
    with pytest.raises(ValueError):
        decrypt(text, purpose="x")


@pytest.mark.parametrize("lookup", ["", "__exact", "__in", "__contains", "__startswith", "__gt", "__iexact", "__regex"])
def test_an_encrypted_column_answers_no_question(db, lookup):
    value = [PHONE] if lookup == "__in" else PHONE
    with pytest.raises(FieldError):
        Customer.objects.filter(**{f"mobile{lookup}": value}).exists()


def test_it_answers_whether_it_is_empty(customer, outlet):
    blank = make_personal(branch=outlet, mobile="")
    assert Customer.objects.get(mobile__isnull=True) == blank
    assert cell(blank) is None
    assert Customer.objects.get(pk=blank.pk).mobile == ""


def test_the_index_finds_the_value_however_it_is_written(customer):
    field = Customer._meta.get_field("mobile_index")
    for written in (PHONE, "154 0000 4021", "154-0000-4021"):
        assert Customer.objects.get(mobile_index=field.index_of(written)) == customer
    assert not Customer.objects.filter(mobile_index=field.index_of("15400004022")).exists()


def test_the_tail_finds_the_last_characters_only(customer):
    field = Customer._meta.get_field("mobile_tail_index")
    assert isinstance(field, BlindIndexField) and field.tail == 4
    assert field.index_of("99994021") == field.index_of(PHONE) == Customer.objects.get(pk=customer.pk).mobile_tail_index
    assert field.index_of("4022") is None  # a tail is never the whole


def test_an_index_is_keyed_and_knows_its_field(settings):
    one = blind_index("4021", purpose="a")
    assert one == blind_index("4021", purpose="a")
    assert one != blind_index("4021", purpose="b")
    settings.INDEX_KEY = "another" * 8
    assert one != blind_index("4021", purpose="a")
    assert blind_index("", purpose="a") is None


def test_letters_and_digits_are_what_is_indexed():
    assert normalise(" 1101-05 1949x ") == "1101051949X"
    assert normalise("") == ""


def test_the_first_key_writes_and_every_key_reads(customer, settings):
    old = settings.FIELD_KEYS if ":" in settings.FIELD_KEYS else f"1:{settings.FIELD_KEYS}"
    settings.FIELD_KEYS = f"{key('2027')},{old}"
    kept = Customer.objects.get(pk=customer.pk)
    assert kept.mobile == PHONE
    kept.save()
    assert cell(customer).startswith("2027:")
    assert Customer.objects.get(pk=customer.pk).mobile == PHONE
    settings.FIELD_KEYS = old
    with pytest.raises(ValueError, match="no key"):
        Customer.objects.get(pk=customer.pk)


@pytest.mark.parametrize("spec", ["", "1:", "1:c2hvcnQ=", "1:%%%", "1:" + "A" * 45])
def test_keys_that_are_none_stop_the_work(settings, spec):
    settings.FIELD_KEYS = spec
    with pytest.raises(ImproperlyConfigured):
        encrypt("x", purpose="x")
