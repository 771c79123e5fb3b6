"""CSP reports, headers, error pages, and the checks that keep a trial out of production."""

import json
import os
import subprocess
import sys
from io import StringIO

import pytest
from django.conf import settings as product
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import InterfaceError, OperationalError
from django.test import Client

from crm.checks import is_weak
from crm.privacy.models import AccessEvent

REPORT = {"csp-report": {"document-uri": "https://crm/x?id=1", "violated-directive": "script-src", "evil": "y"}}


def report(body, **extra):
    return Client(enforce_csrf_checks=True).generic("POST", "/csp-report", body, "application/csp-report", **extra)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (json.dumps(REPORT), 204),
        ("not json", 400),
        ("[]", 400),
        ('{"csp-report": 7}', 400),
        ("[" * 5000, 400),
        (json.dumps({"csp-report": {"document-uri": "x" * 9000}}), 413),
    ],
)
def test_a_csp_report_is_taken_small_and_well_formed(body, code):
    assert report(body).status_code == code


def test_a_csp_report_is_one_line_of_known_keys(caplog):
    with caplog.at_level("WARNING", logger="csp"):
        report(json.dumps(REPORT))
    assert len([r for r in caplog.records if r.name == "csp"]) == 1
    assert "evil" not in caplog.text
    assert Client().get("/csp-report").status_code == 405


def test_headers_stand_on_every_answer(client_of, manager):
    browser = client_of(manager)
    for path in ("/absences/", "/nowhere/", "/sign-in/"):
        answer = browser.get(path)
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "/csp-report" in policy
        assert "no-store" in answer["Cache-Control"]
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "camera=()" in answer["Permissions-Policy"]


def test_errors_have_pages_of_our_own(client_of, teller, monkeypatch):
    browser = client_of(teller)
    browser.raise_request_exception = False
    answers = {404: browser.get("/nowhere/"), 403: browser.get("/access-log/")}
    answers[400] = browser.get("/absences/", headers={"host": "evil example"})

    def fails(*args, **kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("crm.staff.views.AbsenceForm", fails)
    answers[500] = browser.get("/absences/")

    def locked(*args, **kwargs):
        raise OperationalError("database is locked")

    monkeypatch.setattr("crm.staff.views.AbsenceForm", locked)
    answers[503] = browser.get("/absences/")
    for code, answer in answers.items():
        page = answer.content.decode()
        assert answer.status_code == code
        assert "crm/theme.css" in page
        assert "secret detail" not in page
        assert "Traceback" not in page
    assert answers[503]["Retry-After"] == "30"


@pytest.mark.parametrize(
    "place",
    [
        "crm.staff.sessions.StaffSessionMiddleware.why_ended",
        "django.contrib.sessions.backends.db.SessionStore.load",
        "django.contrib.sessions.middleware.SessionMiddleware.process_response",
        "crm.security.SecurityHeadersMiddleware.__call__",
    ],
)
@pytest.mark.parametrize("fault", [OperationalError, InterfaceError])
def test_a_database_that_fails_below_the_views_is_told_as_503(client_of, teller, monkeypatch, place, fault):
    browser = client_of(teller)
    browser.raise_request_exception = False

    def fails(*args, **kwargs):
        raise fault("database is locked")

    monkeypatch.setattr(place, fails)
    answer = browser.get("/absences/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "crm/theme.css" in answer.content.decode()


def test_another_fault_of_a_middleware_stays_a_500(client_of, teller, monkeypatch):
    browser = client_of(teller)
    browser.raise_request_exception = False

    def fails(*args, **kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("crm.staff.sessions.StaffSessionMiddleware.why_ended", fails)
    answer = browser.get("/absences/")
    assert answer.status_code == 500
    assert "secret detail" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/access-log/", "/admin/login/"])
def test_a_refused_page_stands_in_the_access_log(client_of, teller, path):
    browser = client_of(teller)
    assert browser.get(f"{path}?q=13812345678").status_code == 403
    line = AccessEvent.objects.get(action="denied")
    assert (line.actor, line.object_label, line.result, line.ip) == (teller, path, "GET", "127.0.0.1")


def test_a_stranger_without_a_session_leaves_no_line(db):
    Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "manager", "password": "x"})
    assert not AccessEvent.objects.exists()


def test_a_missing_csrf_token_has_its_page(manager):
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "manager", "password": "x"})
    assert answer.status_code == 403
    assert "crm/theme.css" in answer.content.decode()


def found(settings, **changes):
    settings.INSECURE_LOCAL = changes.pop("local", False)
    for name, value in changes.items():
        setattr(settings, name, value)
    return {issue.id for issue in run_checks() if issue.id.startswith("crm.")}


GOOD = "kR8v-2mWq_Lz7TnXb3YcD4fGh5JkP6sQ9wEr1UiOaV0"


@pytest.fixture
def production(settings):
    settings.SECRET_KEY = settings.FIELD_KEYS = settings.INDEX_KEY = GOOD
    settings.DEMO = False
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
    return settings


def test_production_with_everything_in_place_passes(production):
    assert found(production) == set()


@pytest.mark.parametrize(
    ("changes", "issue"),
    [
        ({"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}}}, "crm.E001"),
        ({"DEMO": True}, "crm.E002"),
        ({"SECRET_KEY": "short"}, "crm.E003"),
        ({"SECRET_KEY": "django-insecure-" + GOOD}, "crm.E003"),
        ({"INDEX_KEY": "a" * 60}, "crm.E003"),
        ({"DEBUG": True}, "crm.E004"),
    ],
)
def test_production_refuses(production, changes, issue):
    assert found(production, **changes) == {issue}
    assert found(production, local=True, **changes) == set()


def test_sqlite_is_let_through_where_acknowledged(production, monkeypatch):
    monkeypatch.setenv("ACKNOWLEDGE_SQLITE", "1")
    assert found(production, DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3"}}) == set()


def test_the_check_stops_a_command(production):
    production.INSECURE_LOCAL, production.DEMO = False, True
    with pytest.raises(SystemCheckError, match="DEMO"):
        call_command("check", stdout=StringIO(), stderr=StringIO())


def test_made_up_words_are_weak_and_random_bytes_are_not():
    assert is_weak("please-change-me-please-change-me-please-change")
    assert not is_weak(GOOD)


def demo_people(databases=("default",)):
    return [issue.msg for issue in run_checks(databases=list(databases)) if issue.id == "crm.E005"]


def test_production_refuses_the_people_of_the_demo(production, cast):
    production.INSECURE_LOCAL = False
    assert demo_people() == []
    for name in ("teller", "admin"):
        cast[name].set_password(production.DEMO_PASSWORD)
        cast[name].save()
    assert "admin, teller" in demo_people()[0]
    assert demo_people(()) == []
    type(cast["teller"]).objects.filter(username__in=["teller", "admin"]).update(is_active=False)
    assert demo_people() == []


def test_a_local_trial_may_have_them(production, teller):
    production.INSECURE_LOCAL = True
    teller.set_password(production.DEMO_PASSWORD)
    teller.save()
    assert demo_people() == []


def test_the_web_server_of_production_does_not_start_unfit(tmp_path):
    """SQLite without a word of consent: gunicorn ends at once and says why."""
    keys = {name: GOOD for name in ("SECRET_KEY", "INDEX_KEY")} | {
        "FIELD_KEYS": "1:" + "kR8v2mWqLz7TnXb3YcD4fGh5JkP6sQ9wEr1UiOaV0_A="
    }
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    command = [sys.executable, "-m", "gunicorn", "--config", "python:crm.gunicorn_conf", "crm.wsgi:application"]
    told = subprocess.run(
        command,
        cwd=product.BASE_DIR,
        env=kept | keys | {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "crm.settings", "PORT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert told.returncode == 1
    assert "crm.E001" in told.stderr
