"""After a purge nothing of the person is found: not in a dump of the database, decrypted or not, not on disk."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from archives.models import Customer, Intelligence, IntelligenceFile, PendingFile, RefusedRow
from archives.retention.files import remove_purged_files
from crm.notifications.models import Notice
from crm.privacy.encryption import blind_index, normalise
from crm.privacy.models import AccessEvent
from crm.privacy.rotation import encrypted_columns
from tests.complaints.purge_world import furnish_case
from tests.retention.deletions import delete
from tests.retention.places import Words, furnish

pytestmark = pytest.mark.django_db(transaction=True)
PURPOSES = ("id", "id.tail", "phone", "phone.tail", "account", "account.tail", "core_key")


def dump() -> str:
    """Every cell of every table as text; of SQLite the bytes of its files too."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            parts += ["\n".join(str(row) for row in cursor.fetchall())]
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        connection.close()
        parts += [_bytes(name + ending) for ending in ("", "-wal", "-shm")]
    return "\n".join(parts)


def _bytes(name: str) -> str:
    path = Path(name)
    return path.read_bytes().decode("utf-8", "ignore") if path.exists() else ""


def decrypted() -> str:
    return "\n".join(
        str(text)
        for model, field in encrypted_columns()
        for text in model._base_manager.values_list(field.name, flat=True)
    )


def on_disk() -> str:
    files = [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] if settings.MEDIA_ROOT.exists() else []
    return "\n".join(path.name + path.read_bytes().decode("utf-8", "ignore") for path in files)


def found(words: Words) -> dict[str, list[str]]:
    """Words that stand somewhere, by place; keyed hashes of them count as well."""
    text = dump()
    hashes = {word: [blind_index(normalise(word), purpose=purpose) for purpose in PURPOSES] for word in words.said}
    places = {"dump": text, "cells": decrypted(), "disk": on_disk()}
    result = {name: [word for word in words.said if word in place] for name, place in places.items()}
    result["hashes"] = [word for word, keys in hashes.items() if any(key and key in text for key in keys)]
    return result


def test_no_canary_is_left_of_a_purged_customer(archive, cast, now, purge):
    words = Words()
    deletion = furnish(archive, cast, now, words)
    before = found(words)
    assert len(words.said) > 80 and all(before.values()), before
    missing = set(words.said) - set(before["dump"] + before["cells"] + before["disk"])
    assert missing == set(), missing
    number = archive.number
    stone = purge(deletion)
    assert found(words) == {"dump": [], "cells": [], "disk": [], "hashes": []}
    assert stone.files == 4 and stone.rows["evidence"] == 4 and not PendingFile.objects.exists()
    assert not Notice.objects.filter(link__contains=number).exists()
    assert RefusedRow.objects.get().raw.startswith("somebody else")
    assert AccessEvent.objects.of_customer(archive.pk).get().actor_name == cast["manager"].name


def test_no_canary_is_left_of_a_closed_case_past_its_years(archive, cast, now, purge):
    """The case stays for the counts; nothing that anybody wrote in it, or filed, does."""
    words = Words()
    case = furnish_case(archive, cast, now - timedelta(days=6 * 366), words)
    deletion = delete(customer=archive, proposer=cast["teller"], approver=cast["manager"], now=now, reason_text=words())
    before = found(words)
    assert len(words.said) > 30 and set(words.said) == set(before["dump"] + before["cells"] + before["disk"])
    stone = purge(deletion)
    assert found(words) == {"dump": [], "cells": [], "disk": [], "hashes": []}
    case.refresh_from_db()
    assert (case.customer, case.customer_number, case.state) == (None, archive.number, "called_back")
    assert stone.files == 3 and stone.rows["party"] == 2 and stone.rows["casefile"] == 1
    assert not case.parties.exists() and case.events.count() > 9 and case.redresss.get().amount_cents == 5000


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the journal of SQLite")
def test_no_canary_is_left_in_a_journal_that_others_hold_open(archive, cast, now, purge):
    """The last connection to close empties the journal by itself: in the product another one is always open."""
    words, name = Words(), str(connection.settings_dict["NAME"])
    with closing(sqlite3.connect(name)) as other:
        deletion = furnish(archive, cast, now, words)
        other.execute("SELECT count(*) FROM archives_customer").fetchall()
        assert any(word in _bytes(f"{name}-wal") for word in words.said)
        purge(deletion)
        text = "".join(_bytes(name + ending) for ending in ("", "-wal"))
    assert [word for word in words.said if word in text] == []


def test_the_rest_of_the_bank_stays(archive, cast, now, purge):
    deletion = furnish(archive, cast, now)
    others = Customer.everyone.exclude(pk=archive.pk)
    before = {row.pk: row.version for row in others}
    linked = Intelligence.objects.get()
    purge(deletion)
    assert {row.pk: row.version for row in others.all()} == before
    assert linked.customer_links.count() == 0 and linked.files.count() == 1


def test_no_canary_is_left_of_a_purged_item(cast, outlet, now, purge):
    words = Words()
    item = Intelligence.objects.create(
        number="QB1", kind="trend", title=words(), text=words(), source=words(), source_date=now.date(), valid_until=now.date(),
        branch=outlet, created_by=cast["teller"], created_at=now,
    )  # fmt: skip
    name = default_storage.save(f"intelligence/{words()}.pdf", _file(words))
    IntelligenceFile.objects.create(
        item=item, name=words(), file=name, size=1, sha256="0" * 64, uploaded_by=cast["teller"], uploaded_at=now
    )
    deletion = delete(item=item, proposer=cast["teller"], approver=cast["head"], now=now, reason_text=words())
    assert not Intelligence.objects.exists() and all(found(words)[place] for place in ("dump", "disk"))
    stone = purge(deletion, actor=cast["president"])
    assert found(words) == {"dump": [], "cells": [], "disk": [], "hashes": []}
    assert (stone.kind, stone.files) == ("intelligence", 1)
    history = apps.get_model("archives", "HistoricalIntelligence")
    assert not Intelligence.everyone.exists() and not history.objects.exists()


def _file(words: Words):
    from django.core.files.base import ContentFile

    return ContentFile(words().encode())


def test_a_file_that_is_gone_already_is_no_fault(db, now):
    PendingFile.objects.create(name="evidence/gone.pdf", since=now)
    assert remove_purged_files() == 1
    assert not PendingFile.objects.exists()
