"""Fixtures of every suite: the bank, its cast, a clock."""

from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from tests import cast as people


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FEEDS_DIR = tmp_path / "feeds"
    cache.clear()


@pytest.fixture
def bank(db):
    return people.make_bank()


@pytest.fixture
def cast(bank):
    return people.make_cast(bank)


def _member(name):
    @pytest.fixture(name=name)
    def member(cast):
        return cast[name]

    return member


for _name in people.CAST:
    globals()[_name] = _member(_name)


@pytest.fixture
def outlet(bank):
    return bank["0101"]


@pytest.fixture
def client_of():
    return people.client_of


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def today(now):
    return timezone.localdate(now)


@pytest.fixture
def later(now):
    """now plus so many days."""
    return lambda days: now + timedelta(days=days)
