"""Where secrets come from: the environment, a file, or (local trial only) a file made on first start."""

import base64
import os
import secrets as random
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def secret(name: str, *, folder: Path, local: bool, size: int = 48) -> str:
    """Return `name` from the environment, else from the file `name`_FILE names.

    A local trial (`INSECURE_LOCAL=1`) makes the secret once under `folder`;
    anywhere else a missing secret stops the start.
    """
    if os.environ.get(name):
        return os.environ[name]
    if os.environ.get(f"{name}_FILE"):
        return Path(os.environ[f"{name}_FILE"]).read_text(encoding="utf-8").strip()
    if not local:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE; see docs/operations.md.")
    return _local_secret(folder / f"{name.lower()}.txt", size)


def _local_secret(path: Path, size: int) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return path.read_text(encoding="utf-8").strip()
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(base64.urlsafe_b64encode(random.token_bytes(size)).decode())
    return path.read_text(encoding="utf-8").strip()
