"""What the log keeps, and what it must not."""

import json
import logging

import pytest
import structlog
from django.test import Client

from crm.logs import JsonLines, clean


@pytest.fixture
def lines():
    """Everything logged meanwhile, as the handler writes it."""
    kept, formatter = [], JsonLines()

    class Keep(logging.Handler):
        def emit(self, record):
            kept.append(formatter.format(record))

    handler = Keep()
    logging.getLogger().addHandler(handler)
    yield kept
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("call 13812345678 now", "call *** now"),
        ("id 11010519491231002X.", "id ***."),
        ("old 110105491231002", "old ***"),
        ("card 6222021234567890123", "card ***"),
        ("GET /search/?q=13812345678&x=1", "GET /search/"),
        ("Key (id)=(1) exists. DETAIL: Key (name)=(张三)", "Key (id)=(1) exists. DETAIL: hidden"),
        ("customer 600000000123, 2026-11-24T10:28:16.419143Z", "customer 600000000123, 2026-11-24T10:28:16.419143Z"),
    ],
)
def test_a_text_is_cleaned(text, kept):
    assert clean(text) == kept


def test_values_are_cleaned_however_deep():
    assert clean({"a": [13812345678, {"b": ("11010519491231002X",)}], "n": 7, "yes": True}) == {
        "a": ["***", {"b": ["***"]}],
        "n": 7,
        "yes": True,
    }


def test_every_line_is_json_without_query_or_numbers(lines, manager):
    browser = Client()
    browser.post("/sign-in/?note=13900000000", {"username": "13812345678", "password": "13812345678"})
    browser.get("/nowhere/?q=11010519491231002X")
    structlog.get_logger("x").warning("seen", phone="13812345678")
    logging.getLogger("y").error("plain %s", "13812345678")
    events = [json.loads(line) for line in lines]
    assert {"seen", "plain ***"} <= {e["event"] for e in events}
    assert all({"event", "level", "logger", "timestamp"} <= set(e) for e in events)
    assert not any(secret in line for line in lines for secret in ("13812345678", "13900000000", "110105", "?"))


@pytest.mark.parametrize(
    "text", ["a\r\nb", "a\x1b[31mred", '"}{"event": "forged"', "a\u2028b", "\x9b31mred", "a\x85b", "\u202eevil", "\0"]
)
def test_what_somebody_typed_stays_one_line_of_json(lines, text):
    logging.getLogger("y").warning("typed %s", text)
    assert lines[-1].isprintable()
    assert json.loads(lines[-1])["event"] == f"typed {text}"


def test_a_traceback_is_cleaned_too(lines):
    try:
        raise ValueError("13812345678 is taken")
    except ValueError:
        logging.getLogger("y").exception("failed")
    event = json.loads(lines[-1])
    assert "ValueError: *** is taken" in event["exception"]


def test_a_request_leaves_its_id_its_person_and_its_status(lines, client_of, manager):
    client_of(manager).get("/absences/?x=1")
    done = [e for e in map(json.loads, lines) if e["event"] == "request_finished"][-1]
    assert (done["request"], done["code"], done["user_id"]) == ("GET /absences/", 200, manager.pk)
    assert done["request_id"]
