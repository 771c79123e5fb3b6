"""What the permission matrix meets on the pages of briefings: one here, one there, a document for the bank."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from complaints.briefings.holding import add_photos, open_briefing
from complaints.briefings.reading import issue_document
from crm.lib.dates import local_day

BRIEFING_SCOPED = {"briefings:briefing", "briefings:photo"}
BRIEFING_BANKWIDE = {"briefings:document", "briefings:document_file"}
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def add_briefings(found: dict, cast: dict, bank: dict, now) -> None:
    day = local_day(now)
    for place, code, head in (("here", "0101", "head"), ("there", "0201", "stranger_head")):
        briefing = open_briefing(branch=bank[code], day=day, kind="morning", actor=cast[head], now=now)
        photo = SimpleUploadedFile("a.png", PNG)
        add_photos(briefing=briefing, actor=cast[head], version=1, uploads=[photo], now=now)
        found[place]["briefing"] = briefing
    upload = SimpleUploadedFile("a.pdf", b"%PDF-1.4\n%%EOF\n")
    due = day + timedelta(days=5)
    found["document"] = issue_document(
        title="服务办法", text="首问负责", scope=bank["0000"], due_on=due, actor=cast["service"], now=now, upload=upload
    )  # fmt: skip


def briefing_arguments(world: dict, place: str) -> dict:
    briefing, document = world[place]["briefing"], world["document"]
    version = {"code": document.code, "version": document.version}
    return {
        "briefings:briefing": {"pk": briefing.pk},
        "briefings:photo": {"pk": briefing.pk, "photo": briefing.photos.get().pk},
        "briefings:document": version,
        "briefings:document_file": version,
    }
