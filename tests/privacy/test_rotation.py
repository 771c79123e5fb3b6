"""Keys are exchanged while everything stays readable."""

import base64
import os

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from archives.models import Customer
from crm.privacy.rotation import encrypted_columns

IDENTITY = "11010519491231002X"


def key(kid):
    return f"{kid}:{base64.urlsafe_b64encode(os.urandom(32)).decode()}"


@pytest.fixture
def keys(settings):
    old, new = key("k1"), key("k2")
    settings.FIELD_KEYS = old
    return old, new


@pytest.fixture
def customer(keys, outlet, manager, today, now):
    made = Customer.objects.create(
        number="100000000017",
        kind="P",
        name="张三",
        branch=outlet,
        manager=manager,
        id_number=IDENTITY,
        opened_on=today,
        created_at=now,
    )
    for n in range(25):
        made.name = f"张三{n}"
        made.save()
    return made


def raw(model, column="id_number"):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT {column} FROM "{model._meta.db_table}"')
        return [row[0] for row in cursor.fetchall()]


def test_every_cell_moves_to_the_new_key_histories_too(customer, keys, settings, capsys):
    old, new = keys
    histories = Customer.history.count()
    index = customer.id_index
    settings.FIELD_KEYS = f"{new},{old}"
    call_command("rotate_keys", "--chunk", "4")
    cells = raw(Customer) + raw(Customer.history.model)
    assert len(cells) == 27
    assert all(cell.startswith("k2:") for cell in cells)
    settings.FIELD_KEYS = new
    assert Customer.objects.get().id_number == IDENTITY
    assert {h.id_number for h in Customer.history.all()} == {IDENTITY}
    assert Customer.history.count() == histories
    assert index
    assert Customer.objects.get().id_index == index


def test_a_second_run_writes_nothing(customer, keys, settings, capsys):
    settings.FIELD_KEYS = ",".join(reversed(keys))
    call_command("rotate_keys")
    before = raw(Customer)
    capsys.readouterr()
    call_command("rotate_keys")
    assert "0 cells written anew" in capsys.readouterr().out
    assert raw(Customer) == before


def test_a_broken_run_goes_on_where_it_was(customer, keys, settings, monkeypatch):
    from crm.privacy import rotation

    settings.FIELD_KEYS = ",".join(reversed(keys))
    calls, rewrite = [], rotation._rewrite

    def dies(*args):
        if len(calls) == 3:
            raise KeyboardInterrupt
        calls.append(1)
        rewrite(*args)

    monkeypatch.setattr(rotation, "_rewrite", dies)
    with pytest.raises(KeyboardInterrupt):
        call_command("rotate_keys", "--chunk", "5")
    done = sum(cell.startswith("k2:") for cell in raw(Customer) + raw(Customer.history.model))
    assert 0 < done < 27
    monkeypatch.undo()
    settings.FIELD_KEYS = ",".join(reversed(keys))
    call_command("rotate_keys")
    assert all(cell.startswith("k2:") for cell in raw(Customer) + raw(Customer.history.model))


def test_a_cell_without_its_key_is_told_and_kept(customer, keys, settings):
    settings.FIELD_KEYS = keys[1]
    before = raw(Customer)
    with pytest.raises(CommandError, match="27 cells cannot be read"):
        call_command("rotate_keys", "--chunk", "5")
    assert raw(Customer) == before


def test_no_encrypted_column_is_forgotten():
    tables = {model._meta.db_table for model, _ in encrypted_columns()}
    assert {Customer._meta.db_table, Customer.history.model._meta.db_table} <= tables
