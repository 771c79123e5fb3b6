"""The page of the access log, and what stands in it."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.privacy.log import record
from crm.privacy.models import AccessEvent

LOG = "/access-log/"


def labels(response):
    return [event.object_label for event in response.context["page"]]


@pytest.fixture
def audited(client_of, auditor):
    browser = client_of(auditor)
    AccessEvent.objects.all().delete()
    return browser


def test_only_the_auditor_opens_it(client_of, cast):
    codes = {name: client_of(user).get(LOG).status_code for name, user in cast.items()}
    assert {name for name, code in codes.items() if code == 200} == {"auditor"}
    assert set(codes.values()) == {200, 403}


def test_it_filters_by_person_action_and_day(audited, teller, manager, now):
    record("reveal", actor=teller, label="old", now=now - timedelta(days=3))
    record("reveal", actor=teller, label="new", now=now)
    record("view", actor=manager, label="seen", now=now)
    assert labels(audited.get(LOG)) == ["seen", "new", "old"]
    assert labels(audited.get(LOG, {"person": "TELLER"})) == ["new", "old"]
    assert labels(audited.get(LOG, {"person": manager.employee_number})) == ["seen"]
    assert labels(audited.get(LOG, {"person": teller.name, "first": str((now - timedelta(days=1)).date())})) == ["new"]
    assert labels(audited.get(LOG, {"action": "view"})) == ["seen"]
    assert labels(audited.get(LOG, {"person": "nobody"})) == []


def test_days_are_the_banks_own(audited, teller):
    record("view", actor=teller, label="after midnight in Shanghai", now=datetime(2026, 5, 4, 16, 30, tzinfo=UTC))
    assert labels(audited.get(LOG, {"first": "2026-05-05", "last": "2026-05-05"})) == ["after midnight in Shanghai"]
    assert labels(audited.get(LOG, {"last": "2026-05-04"})) == []


@pytest.mark.parametrize(
    "query", [{"first": "x"}, {"action": "drop"}, {"first": "2026-02-02", "last": "2026-01-01"}, {"person": "a\0b"}]
)
def test_a_senseless_filter_is_told_and_finds_nothing(audited, teller, query):
    record("view", actor=teller)
    answer = audited.get(LOG, query)
    assert answer.status_code == 200
    assert labels(answer) == []
    assert answer.context["form"].errors


def test_pages_turn_without_losing_or_doubling_a_line(audited, teller, now):
    for n in range(120):
        record("view", actor=teller, label=str(n), now=now - timedelta(seconds=n // 3))
    seen, token = [], None
    while True:
        answer = audited.get(LOG, {"after": token} if token else {})
        seen += labels(answer)
        token = answer.context["page"].next_token
        if token is None:
            break
    assert sorted(map(int, seen)) == list(range(120))


def test_it_costs_the_same_queries_for_few_and_many_lines(audited, teller, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost():
        with CaptureQueriesContext(connection) as seen:
            audited.get(LOG)
        return len(seen)

    record("view", actor=teller)
    few = cost()
    for _ in range(60):
        record("view", actor=teller)
    assert cost() == few


def test_a_script_in_a_reason_stays_text(audited, teller):
    record("reveal", actor=teller, reason="<script>alert(1)</script>")
    assert "<script>alert(1)" not in audited.get(LOG).content.decode()
