"""Filed documents: a template as PDF, kept under a random name with its fingerprint. Nothing is fetched from a network."""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.db.models import Model
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from crm.lib.refusals import Refused

FONTS = {".ttf", ".otf", ".ttc"}
SITE = "https://static.invalid/"  # where relative addresses of a template seem to stand; never asked


def render_pdf(template: str, context: dict) -> bytes:
    """`template` as PDF, in the language that is active. Raise Refused where Pango is missing.

    Slow (a second or more): call it outside a transaction.
    """
    logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)  # ten lines a document, of no use
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        raise Refused(
            _("The PDF cannot be made on this computer: the text library Pango is missing. Print the page instead.")
        ) from error
    html = render_to_string(template, context)
    return weasyprint.HTML(string=html, base_url=SITE, url_fetcher=_fetcher()).write_pdf()


def _fetcher():
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class StaticFiles(URLFetcher):
        """Opens static files of this project and this computer's fonts, and refuses every other address."""

        def fetch(self, url, headers=None):
            content = read_font(url) or read_static(url)
            if content is None:
                raise FatalURLFetchingError(f"not a static file: {url}")
            return URLFetcherResponse(url, content, {"Content-Type": _kind_of(url)})

    return StaticFiles(allowed_protocols=())


def read_static(url: str) -> bytes | None:
    """The static file that an address within a document means; None for any other address."""
    base = urlsplit(static(""))
    asked = urlsplit(url)
    own = (asked.scheme, asked.netloc) in {(urlsplit(SITE).scheme, urlsplit(SITE).netloc), (base.scheme, base.netloc)}
    path = unquote(asked.path)
    name = path.removeprefix(base.path)
    if not own or name == path or ".." in name or name.startswith("/"):
        return None
    if staticfiles_storage.exists(name):
        with staticfiles_storage.open(name) as file:
            return file.read()
    found = finders.find(name)
    if not isinstance(found, str):
        return None
    return Path(found).read_bytes()


def read_font(url: str) -> bytes | None:
    """The font file that `local()` of a style sheet was resolved to; None for any other address."""
    asked = urlsplit(url)
    path = Path(unquote(asked.path))
    if asked.scheme != "file" or path.suffix.lower() not in FONTS:
        return None
    return path.read_bytes()


def _kind_of(url: str) -> str:
    return {"css": "text/css", "svg": "image/svg+xml", "png": "image/png"}.get(
        urlsplit(url).path.rpartition(".")[2], "application/octet-stream"
    )


def file_document(*, owner: Any, field: str = "document", name: str, content: bytes, now: datetime) -> bool:
    """Keep `content` as the file `field` of the row `owner`, once; False where it has one already.

    On disk it gets a random name with the ending of `name`; `<field>_sha256` is its fingerprint. Call it in no
    longer transaction: what fails after it would leave a file without a row.
    """
    model: type[Model] = type(owner)
    stored = getattr(owner, field)
    path = now.strftime(stored.field.upload_to) + f"{get_random_string(32)}.{name.rpartition('.')[2]}"
    path = stored.storage.save(path, ContentFile(content))
    try:
        kept = model._default_manager.filter(pk=owner.pk, **{field: ""}).update(
            **{field: path, f"{field}_sha256": hashlib.sha256(content).hexdigest()}
        )
    except Exception:
        stored.storage.delete(path)
        raise
    if not kept:  # somebody else filed it in the same moment
        stored.storage.delete(path)
    owner.refresh_from_db(fields=[field, f"{field}_sha256"])
    return bool(kept)


def file_paper(*, owner: Any, template: str, context: Callable[[], dict], now: datetime) -> None:
    """File `template` as the PDF of `owner`, once, in the bank's language whoever asks. Refused where none can be made."""
    if owner.document:
        return
    with translation.override(settings.LANGUAGE_CODE):
        content = render_pdf(template, context())
    file_document(owner=owner, name="paper.pdf", content=content, now=now)


def is_unaltered(owner: Any, field: str = "document") -> bool:
    """The file on disk is still what was filed."""
    with getattr(owner, field).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == getattr(owner, f"{field}_sha256")
