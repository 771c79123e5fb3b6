"""Settings of the suite: the product's own, with a throw-away data folder and a fast password hash."""

import os
import tempfile
from pathlib import Path

_folder = Path(os.environ.setdefault("CRM_TEST_DIR", tempfile.mkdtemp(prefix="crm-test-")))
os.environ.setdefault("INSECURE_LOCAL", "1")
os.environ.setdefault("DATA_DIR", str(_folder))

from crm.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, as in the product: in memory there is neither WAL nor a second writer. Only fsync is left out.
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"  # noqa: F405
CELERY_TASK_ALWAYS_EAGER = True
WHITENOISE_AUTOREFRESH = True
