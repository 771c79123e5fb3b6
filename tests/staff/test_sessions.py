"""How long a sign-in lasts, and what ends it."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from crm.privacy.models import AccessEvent
from crm.staff.models import LoginSession
from crm.staff.services import disable, end_sessions, transfer
from tests.cast import PASSWORD

ABSENCES = "/absences/"


def at(minutes=0, hours=0):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes, hours=hours), tick=False)


def test_a_session_ends_after_idle_minutes(client_of, manager):
    browser = client_of(manager)
    with at(minutes=29):
        assert browser.get(ABSENCES).status_code == 200
    with at(minutes=58):
        assert browser.get(ABSENCES).status_code == 200
    with at(minutes=89):
        answer = browser.get(ABSENCES)
        assert answer.url == "/sign-in/?ended=idle&next=%2Fabsences%2F"
        assert browser.get(ABSENCES).url == "/sign-in/?next=/absences/"
        assert "note tone-info" in browser.get(answer.url).content.decode()


def test_polling_does_not_keep_a_session_alive(client_of, manager):
    browser = client_of(manager)
    with at(minutes=20):
        assert browser.get(ABSENCES, headers={"X-Poll": "1"}).status_code == 200
    with at(minutes=31):
        assert browser.get(ABSENCES).status_code == 302


def test_a_session_ends_after_its_hours_however_busy(client_of, manager):
    browser = client_of(manager)
    for n in range(1, 36):
        with at(minutes=20 * n):
            assert browser.get(ABSENCES).status_code == 200
    with at(hours=12):
        assert browser.get(ABSENCES).url.startswith("/sign-in/?ended=absolute")


def test_a_second_sign_in_ends_the_first_and_tells_it(client_of, manager):
    first = client_of(manager)
    second = client_of(manager)
    assert first.get(ABSENCES).url.startswith("/sign-in/?ended=elsewhere")
    assert second.get(ABSENCES).status_code == 200
    assert LoginSession.objects.filter(user=manager).count() == 1


def test_a_bank_may_allow_several_sessions(client_of, manager, settings):
    settings.MAX_SESSIONS_PER_USER = 2
    first, second = client_of(manager), client_of(manager)
    assert (first.get(ABSENCES).status_code, second.get(ABSENCES).status_code) == (200, 200)


@pytest.mark.parametrize("act", ["disable", "transfer", "end"])
def test_what_an_administrator_ends_is_over_at_the_next_request(client_of, manager, admin, bank, now, act):
    browser = client_of(manager)
    {
        "disable": lambda: disable(user=manager, actor=admin, now=now),
        "transfer": lambda: transfer(user=manager, branch=bank["0102"], actor=admin, now=now),
        "end": lambda: end_sessions(user=manager),
    }[act]()
    assert browser.get(ABSENCES).url.startswith("/sign-in/")


def test_a_person_disabled_without_the_service_is_out_too(client_of, manager):
    browser = client_of(manager)
    type(manager).objects.filter(pk=manager.pk).update(is_active=False)
    assert browser.get(ABSENCES).url.startswith("/sign-in/?ended=disabled")


def test_a_fragment_of_an_ended_session_sends_the_whole_page_to_sign_in(client_of, manager):
    browser = client_of(manager)
    end_sessions(user=manager)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/customers/?sort=name"}
    answer = browser.get(ABSENCES, headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["HX-Redirect"] == "/sign-in/?next=%2Fcustomers%2F%3Fsort%3Dname"
    assert "HX-Redirect" not in Client().get("/sign-in/", headers=headers)


ELSEWHERE = [
    "https://elsewhere.example/",
    "//elsewhere.example",
    "///elsewhere.example",
    "https:elsewhere.example",
    "/\\elsewhere.example",
    "\\\\elsewhere.example",
    "javascript:alert(1)",
    "http://testserver@elsewhere.example/",
    "https://testserver.elsewhere.example/",
    " //elsewhere.example",
]


@pytest.mark.parametrize("place", ELSEWHERE)
def test_the_way_back_is_not_a_way_out(manager, place):
    typed = {"username": manager.username, "password": PASSWORD, "next": place}
    browser = Client()
    assert browser.post("/sign-in/", typed).url == "/"
    assert browser.get("/sign-in/", {"next": place}).url == "/"  # already signed in
    assert browser.post("/language/", {"language": "en", "next": place}).url == "/"
    answer = browser.post("/language/", {"language": "en"}, headers={"referer": place})
    assert answer.status_code == 204 or answer.url == "/"


def test_a_way_back_of_our_own_is_kept(manager):
    typed = {"username": manager.username, "password": PASSWORD, "next": "/absences/?a=1"}
    assert Client().post("/sign-in/", typed).url == "/absences/?a=1"


@pytest.mark.parametrize("place", ["https://elsewhere.example/x", "//elsewhere.example/x"])
def test_a_fragment_leads_back_to_this_site_only(client_of, manager, place):
    browser = client_of(manager)
    end_sessions(user=manager)
    answer = browser.get(ABSENCES, headers={"HX-Request": "true", "HX-Current-URL": place})
    assert answer["HX-Redirect"] == "/sign-in/?next=%2Fx"


def test_the_key_of_a_session_changes_as_somebody_signs_in(manager):
    browser = Client()
    session = browser.session
    session["planted"] = 1
    session.save()
    browser.cookies["sessionid"] = planted = session.session_key
    browser.post("/sign-in/", {"username": "manager", "password": PASSWORD})
    assert browser.session.session_key != planted
    assert browser.get(ABSENCES).status_code == 200
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get(ABSENCES).status_code == 302


def test_the_key_changes_with_the_password_too(client_of, manager):
    browser = client_of(manager)
    old = browser.session.session_key
    new = {"old_password": PASSWORD, "new_password1": "Quiet-River-27", "new_password2": "Quiet-River-27"}
    assert browser.post("/password/", new).url == "/"
    thief = Client()
    thief.cookies["sessionid"] = old
    assert thief.get(ABSENCES).status_code == 302
    assert browser.get(ABSENCES).status_code == 200


def test_a_request_costs_one_query_and_one_write_a_minute(client_of, manager, django_assert_num_queries):
    browser = client_of(manager)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def about_sessions():
        with CaptureQueriesContext(connection) as seen:
            browser.get(ABSENCES)
        return [q["sql"].split()[0] for q in seen if "staff_loginsession" in q["sql"]]

    assert about_sessions() == ["SELECT"]
    with at(minutes=2):
        assert about_sessions() == ["SELECT", "UPDATE"]
        assert about_sessions() == ["SELECT"]


def test_signing_in_failing_and_signing_out_are_recorded(client_of, manager):
    Client().post("/sign-in/", {"username": manager.username, "password": "wrong"})
    Client().post("/sign-in/", {"username": "nobody", "password": "wrong"})
    browser = client_of(manager)
    browser.post("/sign-out/")
    lines = AccessEvent.objects.order_by("pk").values_list("action", "actor__username", "result")
    assert list(lines) == [
        ("sign_in_failed", "manager", ""),
        ("sign_in_failed", None, "unknown name"),
        ("sign_in", "manager", ""),
        ("sign_out", "manager", ""),
    ]
    signed_in = AccessEvent.objects.get(action="sign_in")
    assert (signed_in.actor_number, signed_in.actor_branch, signed_in.ip) == (
        manager.employee_number,
        manager.branch.name,
        "127.0.0.1",
    )
    assert signed_in.session_hash and signed_in.session_hash == AccessEvent.objects.get(action="sign_out").session_hash


def test_signing_out_is_a_post_that_clears_the_browser(client_of, manager):
    browser = client_of(manager)
    assert browser.get("/sign-out/").status_code == 405
    answer = browser.post("/sign-out/")
    assert (answer.url, answer["Clear-Site-Data"]) == ("/sign-in/", '"cache","storage"')
    assert browser.get(ABSENCES).status_code == 302
    assert LoginSession.objects.count() == 0


def test_an_initial_password_opens_one_page_only(client_of, manager):
    type(manager).objects.filter(pk=manager.pk).update(must_change_password=True)
    browser = client_of(manager)
    assert browser.get(ABSENCES).url == "/password/first/"
    assert browser.get(ABSENCES, headers={"HX-Request": "true"})["HX-Redirect"] == "/password/first/"
    assert browser.get("/password/first/").status_code == 200
    assert browser.post("/language/", {"language": "en"}).status_code == 302
    new = {"new_password1": "Quiet-River-27", "new_password2": "Quiet-River-27"}
    assert browser.post("/password/first/", new).url == "/"
    assert browser.get(ABSENCES).status_code == 200
    assert browser.get("/password/first/").url == "/password/"
    assert browser.post("/sign-out/").status_code == 302


def test_signing_in_is_no_change_of_the_employee(client_of, manager):
    before = manager.history.count()
    client_of(manager)
    manager.refresh_from_db()
    assert manager.last_login is not None
    assert manager.history.count() == before
