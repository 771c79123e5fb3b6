"""Personal values at rest: an encrypted column that refuses look-ups, and keyed blind indexes beside it.

AES-256-GCM; a cell reads `kid:base64(nonce + ciphertext)`. What is authenticated beside the value
names the field only, so that a history row copied by `INSERT … SELECT` still decrypts.
"""

import base64
import binascii
import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models


@lru_cache
def _keys(spec: str) -> dict[str, AESGCM]:
    """Key id to cipher; the first entry of "kid:base64,kid:base64" is the one that writes."""
    keys = {}
    for part in spec.split(","):
        kid, _, body = part.strip().rpartition(":")
        try:
            raw = base64.urlsafe_b64decode(body)
        except binascii.Error as error:
            raise ImproperlyConfigured("FIELD_KEYS must be kid:base64 of 32 bytes, newest first.") from error
        if len(raw) != 32:
            raise ImproperlyConfigured("Each key in FIELD_KEYS must be 32 bytes in base64.")
        keys[kid or "1"] = AESGCM(raw)
    return keys


def newest_key(spec: str) -> str:
    """Id of the key that writes."""
    return next(iter(_keys(spec)))


def encrypt(text: str, *, purpose: str) -> str:
    keys = _keys(settings.FIELD_KEYS)
    kid = next(iter(keys))
    nonce = os.urandom(12)
    sealed = keys[kid].encrypt(nonce, text.encode(), purpose.encode())
    return f"{kid}:{base64.b64encode(nonce + sealed).decode()}"


def decrypt(cell: str, *, purpose: str) -> str:
    """Raise ValueError when the key is gone or the cell belongs to another field."""
    kid, _, body = cell.partition(":")
    keys = _keys(settings.FIELD_KEYS)
    if kid not in keys:
        raise ValueError(f"no key {kid!r} in FIELD_KEYS for {purpose}")
    raw = base64.b64decode(body)
    try:
        return keys[kid].decrypt(raw[:12], raw[12:], purpose.encode()).decode()
    except InvalidTag as error:
        raise ValueError(f"a cell of {purpose} was altered or belongs elsewhere") from error


def blind_index(text: str, *, purpose: str) -> str | None:
    """32 hex characters of a keyed hash of the normalised `text`, None for an empty one."""
    if not text:
        return None
    key = settings.INDEX_KEY.encode()
    return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()[:32]


def normalise(text: str) -> str:
    """What is indexed: letters and digits only, upper case."""
    return "".join(ch for ch in (text or "") if ch.isalnum()).upper()


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database and '' where empty (stored NULL); only `isnull` may be asked."""

    def __init__(self, *args, purpose: str, **kwargs):
        self.purpose = purpose
        kwargs |= {"null": True, "blank": True, "default": ""}
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        for key in ("null", "blank", "default"):
            kwargs.pop(key, None)
        return name, path, args, kwargs | {"purpose": self.purpose}

    def get_prep_value(self, value):
        return encrypt(str(value), purpose=self.purpose) if value not in (None, "") else None

    def from_db_value(self, value, expression, connection):
        return decrypt(value, purpose=self.purpose) if value else ""

    def get_lookup(self, lookup_name):
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: search its blind index instead.")
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name):
        raise FieldError(f"{self.name} is encrypted: search its blind index instead.")


class BlindIndexField(models.CharField):
    """The keyed hash of another field of the row, computed as it is saved; `tail` indexes the last characters."""

    def __init__(self, *args, source: str, purpose: str, tail: int = 0, **kwargs):
        self.source, self.purpose, self.tail = source, purpose, tail
        kwargs |= {"max_length": 32, "null": True, "editable": False}
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        for key in ("max_length", "null", "editable"):
            kwargs.pop(key, None)
        return name, path, args, kwargs | {"source": self.source, "purpose": self.purpose, "tail": self.tail}

    def index_of(self, text: str) -> str | None:
        """The stored value for `text`; None where it is empty or shorter than the tail."""
        text = normalise(text)
        if self.tail:
            text = text[-self.tail :] if len(text) > self.tail else ""
        return blind_index(text, purpose=self.purpose)

    def pre_save(self, instance, add):
        value = self.index_of(getattr(instance, self.source))
        setattr(instance, self.attname, value)
        return value
