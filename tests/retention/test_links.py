"""Every foreign key to a customer says what merge, hand-over and purge do with it; every history goes with its rows."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.test.utils import isolate_apps

from archives.customers.links import OnPurge, links
from archives.models import Customer, Deletion
from tests.retention.places import furnish


def references(tables) -> set[str]:
    """Foreign keys to a customer in `tables`, histories aside, as app.model.field."""
    return {
        f"{model._meta.app_label}.{model._meta.model_name}.{field.name}"
        for model in tables
        if not model.__name__.startswith("Historical")
        for field in [*model._meta.concrete_fields, *model._meta.many_to_many]
        if field.is_relation and field.related_model is Customer
    }


def undeclared(tables) -> set[str]:
    return references(tables) - {link.key for link in links()}


def test_every_foreign_key_to_a_customer_is_declared():
    assert undeclared(apps.get_models(include_auto_created=True)) == set()


def test_nothing_is_declared_that_does_not_exist():
    assert {link.key for link in links()} - references(apps.get_models()) == set()


@isolate_apps("archives")
@pytest.mark.parametrize("kind", [models.ForeignKey, models.OneToOneField])
def test_a_planted_foreign_key_is_found(kind):
    class Planted(models.Model):
        buyer = kind(Customer, models.CASCADE)

        class Meta:
            app_label = "archives"

    assert undeclared([Planted]) == {"archives.planted.buyer"}


@isolate_apps("archives")
def test_a_planted_many_to_many_is_found():
    class Planted(models.Model):
        buyers = models.ManyToManyField(Customer)

        class Meta:
            app_label = "archives"

    assert undeclared([Planted]) == {"archives.planted.buyers"}


def test_only_rows_that_can_live_without_the_person_are_detached():
    bad = []
    for link in links():
        field = apps.get_model(link.app, link.model)._meta.get_field(link.field)
        if link.purge == OnPurge.DETACH and not field.null:
            bad.append(link.key)
    assert bad == []


def test_blanked_texts_are_columns_that_may_be_empty():
    for link in links():
        for name in link.blank:
            assert apps.get_model(link.app, link.model)._meta.get_field(name).get_internal_type() in (
                "CharField",
                "TextField",
            )


# Texts of detached rows that are codes or numbers; what a merge keeps is of the archive that stays.
CODES = {"number", "key", "loser_number", "before", "core_id", "kind", "start_code", "end_code"}
# Of a case: the form's token, the customer's number and class, the department, an import's and a regulator's number.
CODES |= {
    "token",
    "customer_number",
    "class_code",
    "department",
    "satisfaction",
    "outcome",
    "load_key",
    "regulator_number",
}


def test_a_detached_row_keeps_no_free_text_of_the_person():
    bad = []
    for link in links():
        for field in apps.get_model(link.app, link.model)._meta.concrete_fields if link.purge == OnPurge.DETACH else ():
            text = field.get_internal_type() in ("CharField", "TextField") and not field.choices
            if text and field.name not in CODES | set(link.blank):
                bad.append(f"{link.key}: {field.name}")
    assert bad == []


@pytest.mark.django_db
def test_what_hangs_on_a_detached_row_is_there_and_may_be_empty():
    for link in links():
        assert not link.below or link.purge == OnPurge.DETACH
        for below in link.below:
            model = apps.get_model(link.app, below.model)
            assert below.gone or below.blank
            for name in (*below.blank, *below.files):
                assert not model._meta.get_field(name).null, f"{below.model}.{name}"
            assert not link.rows_below(below, []).exists()


@pytest.mark.django_db
def test_no_row_and_no_history_row_names_a_purged_customer(archive, cast, now, purge):
    deletion = furnish(archive, cast, now)
    before = {model._meta.label for model, _field, rows in naming(archive.pk) if rows}
    assert len(before) > 20, before  # the world is furnished: the test looks at something
    purge(deletion)
    assert [(model._meta.label, field, rows) for model, field, rows in naming(archive.pk) if rows] == []
    assert not Deletion.objects.filter(number=archive.number).exists()


def naming(pk: int) -> list[tuple]:
    """(model, field, rows) of every column that refers to the customer, those of the histories too."""
    found = []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is Customer:
                found.append((model, field.name, count(model, field.column, pk)))
    history = Customer.history.model
    return [*found, (Customer, "id", count(Customer, "id", pk)), (history, "id", count(history, "id", pk))]


def count(model, column: str, pk: int) -> int:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        sql = f"SELECT count(*) FROM {quote(model._meta.db_table)} WHERE {quote(column)} = %s"
        cursor.execute(sql, [pk])
        return cursor.fetchone()[0]
