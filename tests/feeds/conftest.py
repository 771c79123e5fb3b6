"""Delivers files into a folder and loads them."""

import pytest
from django.core.management import call_command

from archives.models import FeedLoad


@pytest.fixture
def deliver(tmp_path, bank):
    """Write CSV files by name into a folder and load it; the load."""

    def make(folder="d1", encoding="utf-8", covers=None, profile="tianhua", **files):
        path = tmp_path / folder
        path.mkdir(exist_ok=True)
        for name, text in files.items():
            (path / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        options = {"covers": covers} if covers else {}
        call_command("import_feed", profile, str(path), verbosity=0, **options)
        return FeedLoad.objects.order_by("-pk").first()

    return make
