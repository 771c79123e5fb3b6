"""English or Chinese: chosen at the door or inside, and kept with the person."""

import pytest
from django.conf import settings
from django.test import Client

from tests.cast import PASSWORD

COOKIE = settings.LANGUAGE_COOKIE_NAME


def sign_in(manager, **cookies):
    browser = Client()
    browser.cookies.load(cookies)
    browser.post("/sign-in/", {"username": manager.username, "password": PASSWORD})
    return browser


def speaks(browser):
    return browser.get("/absences/").headers["Content-Language"]


def test_the_choice_goes_with_the_person_to_another_browser(manager):
    first = sign_in(manager)
    assert speaks(first) == "zh-hans"
    assert first.post("/language/", {"language": "en", "next": "/absences/"}).url == "/absences/"
    assert speaks(first) == "en"
    manager.refresh_from_db()
    assert manager.language == "en"
    assert speaks(sign_in(manager)) == "en"


def test_a_choice_at_the_door_holds_for_this_browser(manager):
    type(manager).objects.filter(pk=manager.pk).update(language="en")
    assert speaks(sign_in(manager, **{COOKIE: "zh-hans"})) == "zh-hans"
    manager.refresh_from_db()
    assert manager.language == "en"


def test_signing_out_leaves_no_language_to_the_next_person(manager, teller):
    browser = sign_in(manager)
    browser.post("/language/", {"language": "en"})
    browser.post("/sign-out/")
    browser.post("/sign-in/", {"username": teller.username, "password": PASSWORD})
    assert speaks(browser) == "zh-hans"


def test_a_choice_is_no_change_of_the_employee(manager):
    browser, before = sign_in(manager), manager.history.count()
    browser.post("/language/", {"language": "en"})
    assert manager.history.count() == before


@pytest.mark.parametrize("language", ["fr", "xx", "", "en; Path=/", "e" * 300, "\0"])
def test_a_language_that_is_none_is_not_kept(manager, language):
    browser = sign_in(manager)
    assert browser.post("/language/", {"language": language, "next": "/absences/"}).status_code == 302
    manager.refresh_from_db()
    assert manager.language == ""
    assert browser.get("/absences/").status_code == 200


def test_a_get_changes_nothing(manager):
    browser = sign_in(manager)
    browser.get("/language/?language=en")
    manager.refresh_from_db()
    assert (manager.language, speaks(browser)) == ("", "zh-hans")


def test_the_street_may_choose_without_a_person(db):
    browser = Client()
    assert browser.post("/language/", {"language": "en", "next": "/sign-in/"}).status_code == 302
    assert browser.get("/sign-in/").headers["Content-Language"] == "en"
