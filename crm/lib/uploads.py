"""Files that people attach: what is taken, and under which name it is kept."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from crm.lib.refusals import Refused

# First bytes of what is taken; the name's ending must say the same.
KINDS = {
    "application/pdf": (b"%PDF-", ("pdf",)),
    "image/png": (b"\x89PNG\r\n\x1a\n", ("png",)),
    "image/jpeg": (b"\xff\xd8\xff", ("jpg", "jpeg")),
}


@dataclass(frozen=True)
class Upload:
    """A file that was looked at: its kind is what its first bytes say."""

    name: str
    data: bytes
    content_type: str
    ending: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def stored(self) -> tuple[str, ContentFile]:
        """The random name under which it is kept, and its content: the arguments of a file field's `save`."""
        return f"{get_random_string(32)}.{self.ending}", ContentFile(self.data)

    def keep_on(self, row: Any, *, actor, now: datetime) -> Any:
        """Write the file and what is known of it on the new `row`, and save it; a save that fails leaves no file."""
        row.name, row.content_type, row.size, row.sha256 = self.name, self.content_type, len(self.data), self.sha256
        row.uploaded_by, row.uploaded_at = actor, now
        row.file.save(*self.stored(), save=False)
        try:
            row.save()
        except Exception:
            row.file.delete(save=False)
            raise
        return row


def keep_all(uploads: Sequence, keep: Callable[[Any], Any]) -> list:
    """What `keep(upload)` stored of each: rows with a `file`. Where one fails, the files of the others go again."""
    kept: list = []
    try:
        for upload in uploads:
            kept.append(keep(upload))
    except Exception:
        for row in kept:  # the rows go with the transaction, the files would stay
            row.file.delete(save=False)
        raise
    return kept


def read_upload(upload) -> Upload:
    """`upload` read and checked for size and kind. Raise Refused with what is wrong, at the field `evidence`."""
    name = clean_name(upload.name)
    limit = settings.EVIDENCE_MAX_MB
    if upload.size > limit * 2**20:
        raise bad_upload(_("%(name)s is larger than %(n)s MB: scan it smaller.") % {"name": name, "n": limit})
    if not upload.size:
        raise bad_upload(_("%(name)s is empty.") % {"name": name})
    upload.seek(0)
    data = upload.read()
    return Upload(name, data, *_kind_of(data, name))


def _kind_of(data: bytes, name: str) -> tuple[str, str]:
    ending = name.rpartition(".")[2].lower()
    for content_type, (magic, endings) in KINDS.items():
        if data.startswith(magic) and ending in endings:
            return content_type, endings[0]
    raise bad_upload(_("%(name)s is not a PDF, PNG or JPEG file.") % {"name": name})


def clean_name(name: str) -> str:
    """The last part of the name, without control characters, at most 100 characters."""
    last = re.split(r"[/\\]", name)[-1]
    clean = re.sub(r"[^\w.\- ()（）\u4e00-\u9fff]", "_", last).strip(". ") or "file"
    return clean[-100:]


def bad_upload(message: str) -> Refused:
    return Refused(message, fields={"evidence": [message]})
