"""A purge that is killed at any stage: nothing is half done, and once more it ends as an unbroken one."""

import os

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from archives.models import Customer, Deletion, PendingFile, Tombstone
from archives.retention import files, purging, shredding
from archives.retention.files import remove_purged_files
from archives.retention.services import confirm_purge
from tests.retention.deletions import due
from tests.retention.places import furnish

pytestmark = pytest.mark.django_db(transaction=True)
STAGES = [stage.__name__ for stage in shredding.STAGES]
PLACES = [(name, side) for name in STAGES for side in ("before", "after")]


class Killed(BaseException):
    """As if the process ended here."""


def rows() -> dict[str, int]:
    """Rows of every table; readings of the clock aside."""
    return {model._meta.label: model._base_manager.count() for model in apps.get_models() if model.__name__ != "Clock"}


def media() -> int:
    return sum(path.is_file() for path in settings.MEDIA_ROOT.rglob("*"))


@pytest.fixture
def furnished(archive, cast, now):
    """A furnished archive, due for purge: (its deletion, the moment)."""
    deletion = furnish(archive, cast, now)
    return deletion, due(deletion)


def confirm(deletion: Deletion, head, moment):
    return confirm_purge(
        deletion=Deletion.objects.get(pk=deletion.pk), actor=head, typed_number=deletion.number, now=moment
    )


def breaking(monkeypatch, place: str, side: str, end) -> None:
    """`end` is called before or after the stage `place`."""

    def broken(stage):
        def run(work):
            if side == "before":
                end()
            stage(work)
            end()

        return run

    stages = [broken(stage) if stage.__name__ == place else stage for stage in shredding.STAGES]
    monkeypatch.setattr(shredding, "STAGES", stages)


def die():
    raise Killed


@pytest.mark.parametrize(("place", "side"), PLACES)
def test_a_purge_broken_at_a_stage_changed_nothing_and_ends_when_asked_again(furnished, head, monkeypatch, place, side):
    deletion, moment = furnished
    before, disk = rows(), media()
    with monkeypatch.context() as patch:
        breaking(patch, place, side, die)
        with pytest.raises(Killed):
            confirm(deletion, head, moment)
    assert (rows(), media()) == (before, disk)
    check_purged(confirm(deletion, head, moment))


def check_purged(stone: Tombstone) -> None:
    """What an unbroken purge leaves: a tombstone that counts everything, no row, no file."""
    assert not Customer.everyone.filter(number=stone.number).exists() and not Deletion.objects.exists()
    assert stone.rows["customer"] == 1 and stone.rows["evidence"] == stone.files == 4 and len(stone.rows) > 20
    assert media() == 0 and not PendingFile.objects.exists()
    assert Tombstone.objects.count() == 1


@pytest.mark.parametrize(
    ("place", "side"), [("forget_traces", "after"), ("delete_rows", "after"), ("delete_subject", "after")]
)
def test_a_process_that_dies_in_a_purge_loses_nothing(furnished, head, monkeypatch, place, side):
    deletion, moment = furnished
    before, disk = rows(), media()
    in_a_process_that_dies(lambda: breaking(monkeypatch, place, side, lambda: os._exit(9)), deletion, head, moment)
    assert (rows(), media()) == (before, disk)
    check_purged(confirm(deletion, head, moment))


def test_a_process_that_dies_after_the_commit_leaves_the_files_to_the_job(furnished, head, monkeypatch):
    deletion, moment = furnished
    in_a_process_that_dies(
        lambda: monkeypatch.setattr(purging, "remove_purged_files", lambda: os._exit(9)),
        deletion,
        head,
        moment,
    )
    assert Tombstone.objects.count() == 1 and PendingFile.objects.count() == 4 and media() == 4
    files.remove_job(period="x", run=None, now=moment)
    check_purged(Tombstone.objects.get())


def test_a_process_that_dies_between_two_files_leaves_the_rest_to_the_job(furnished, head, monkeypatch):
    deletion, moment = furnished
    count = iter(range(9))
    delete = files.default_storage.delete

    def dies(name):
        delete(name)
        if next(count) == 1:
            os._exit(9)

    in_a_process_that_dies(lambda: monkeypatch.setattr(files.default_storage, "delete", dies), deletion, head, moment)
    assert media() == 2 and PendingFile.objects.count() == 3  # the second file is gone, its line is not
    remove_purged_files()
    check_purged(Tombstone.objects.get())


def in_a_process_that_dies(prepare, deletion, head, moment) -> None:
    connection.close()
    if not (child := os.fork()):
        prepare()
        confirm(deletion, head, moment)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
