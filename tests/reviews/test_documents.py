"""Filed documents: a PDF from a template, nothing fetched from anywhere, kept once under its fingerprint."""

import hashlib
import sys
from pathlib import Path

import pytest
from django.template import engines
from django.utils import timezone

from archives.models import Meeting
from archives.reviews.meetings import open_meeting
from crm.lib import paper as documents
from crm.lib.paper import file_document, is_unaltered, read_static, render_pdf
from crm.lib.refusals import Refused
from tests.reviews.pdf import pages_of, title_of


@pytest.fixture
def meeting(outlet, now, today):
    return open_meeting(kind="monthly", branch=outlet, period="2026-10", data_on=today, due_on=today, now=now)[0]


@pytest.fixture
def template(monkeypatch):
    """Let `render_pdf` draw a text instead of a file."""

    def use(text):
        made = engines["django"].from_string(text)
        monkeypatch.setattr(documents, "render_to_string", lambda _name, context: made.render(context))

    return use


@pytest.mark.pango
def test_a_template_becomes_a_pdf_with_its_title(template):
    template("<title>{{ number }}</title><h1>会议纪要</h1>")
    content = render_pdf("x.html", {"number": "ZT202610-0101"})
    assert content.startswith(b"%PDF") and title_of(content) == "ZT202610-0101" and pages_of(content) == 1


def test_without_pango_the_pdf_is_refused_in_words(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(Refused, match="Pango"):
        render_pdf("archives/reviews/_paper.html", {})


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/x.css",
        "http://static.invalid/static/crm/print.css",
        "file:///etc/passwd",
        "https://static.invalid/etc/passwd",
        "https://static.invalid/static/../../etc/passwd",
        "https://static.invalid/static/%2e%2e/%2e%2e/etc/passwd",
        "https://static.invalid/static//etc/passwd",
        "https://static.invalid/static/crm/none.css",
        "data:text/css,p{}",
    ],
)
def test_every_address_but_a_static_file_is_refused(url):
    assert read_static(url) is None


def test_a_static_file_is_read():
    assert b"@page" in read_static("https://static.invalid/static/crm/print.css")


@pytest.mark.pango
@pytest.mark.parametrize("tag", ['<img src="{}">', '<link rel="stylesheet" href="{}">', '<a rel="attachment" href="{}">x</a>'])  # fmt: skip
@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "file:///etc/hostname"])
def test_a_document_that_asks_elsewhere_is_not_made(template, tag, url):
    template(tag.format(url))
    with pytest.raises(BaseException, match="not a static file"):
        render_pdf("x.html", {})


def test_a_document_is_filed_under_a_random_name_with_its_fingerprint(meeting, now):
    assert file_document(owner=meeting, name="minutes.pdf", content=b"%PDF-x", now=now)
    meeting.refresh_from_db()
    assert meeting.document.name.endswith(".pdf") and meeting.number not in meeting.document.name
    assert meeting.document_sha256 == hashlib.sha256(b"%PDF-x").hexdigest() and is_unaltered(meeting)


def test_a_second_filing_changes_nothing_and_leaves_no_file(meeting, now, settings):
    file_document(owner=meeting, name="minutes.pdf", content=b"first", now=now)
    assert not file_document(owner=Meeting.objects.get(), name="minutes.pdf", content=b"second", now=now)
    assert [p.read_bytes() for p in settings.MEDIA_ROOT.rglob("*.pdf")] == [b"first"]


def test_an_altered_file_is_noticed(meeting):
    file_document(owner=meeting, name="minutes.pdf", content=b"first", now=timezone.now())
    Path(meeting.document.path).write_bytes(b"other")
    assert not is_unaltered(meeting)
