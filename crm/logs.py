"""One JSON line an event on standard error, without query strings and personal data."""

import logging
import re
from typing import Any

import structlog

# Phones, document numbers, cards: runs of digits that stand alone, whichever text they got into.
NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:1[3-9]\d{9}|\d{15}|\d{16,19}|\d{17}[Xx])(?![0-9A-Za-z])")
QUERY = re.compile(r"(/[^\s?\"']*)\?[^\s\"']*")
CONTROL = re.compile(
    r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069]"
)  # JSON lets these stand; readers break lines on them, terminals obey
DETAIL = re.compile(r"DETAIL:.*")  # PostgreSQL quotes the row there


def clean_text(text: str) -> str:
    return DETAIL.sub("DETAIL: hidden", NUMBER.sub("***", QUERY.sub(r"\1", text)))


def clean(value):
    """`value` without what must not be kept, however deep it lies."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, int) and not isinstance(value, bool) and NUMBER.fullmatch(str(value)):
        return "***"
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [clean(item) for item in value]
    if value is None or isinstance(value, (int, float)):
        return value
    return clean_text(str(value))


def mask(logger, method, event: dict) -> dict:
    return clean(event)


def without_internals(logger, method, event: dict) -> dict:
    """Drop what Django's records carry along: the request object with its cookies."""
    for key in ("_record", "_from_structlog", "request_object", "positional_args"):
        event.pop(key, None)
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *SHARED,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def one_line(logger, method, text: str) -> str:
    """Rendered JSON with every control character escaped: one event stays one line, in one direction."""
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class JsonLines(structlog.stdlib.ProcessorFormatter):
    """Formats structlog's events and everybody else's records alike."""

    def __init__(self, *args, **kwargs):
        super().__init__(
            processors=[
                without_internals,
                structlog.processors.format_exc_info,
                mask,
                structlog.processors.JSONRenderer(ensure_ascii=False),
                one_line,
            ],
            foreign_pre_chain=SHARED,
        )


class NoStaticFiles(logging.Filter):
    def filter(self, record):
        return "/static/" not in record.getMessage()


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonLines}},
    "filters": {"no_static": {"()": NoStaticFiles}},
    "handlers": {
        "out": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stderr",
            "formatter": "json",
            "filters": ["no_static"],
        }
    },
    "root": {"handlers": ["out"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "axes": {"level": "ERROR"},  # it writes typed names; the access log tells the same with care
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "fontTools": {"level": "ERROR"},
    },
}
