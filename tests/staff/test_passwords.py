"""What a password must look like, how old it may get, and which ones open nothing."""

from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from crm.privacy.models import AccessEvent
from crm.staff.backends import StaffBackend
from crm.staff.models import User
from crm.staff.services import give_initial_password
from tests.cast import PASSWORD


def codes(password, user=None) -> set[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {e.code for e in error.error_list}
    return set()


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Quiet-7", "short"),
        ("quiet-river", "classes"),
        ("Password1!", "common"),
        ("Qwerty-Lamp7", "run"),
        ("Lamp-34567-x", "run"),
        ("Riiiver-27", "repeated"),
        ("Tianhua@2026", "bank"),
        ("天华银行Aa1!", "bank"),
        ("x" * 200 + "A1!", "long"),
    ],
)
def test_a_weak_password_is_refused(password, code):
    assert code in codes(password)


@pytest.mark.parametrize("password", ["Quiet-River-27", "安静的河Ab-27", "Lampe riviere 9", PASSWORD])
def test_a_good_password_passes(password):
    assert codes(password) == set()


def test_the_asvs_profile_asks_length_not_classes(settings, manager):
    settings.PASSWORD_PROFILE = "asvs"
    assert codes("quiet river of lamps") == set()
    assert codes("Quiet-7-xY") == {"short"}
    manager.password_changed_at = manager.date_joined - timedelta(days=200)
    manager.save()
    browser = Client()
    browser.post("/sign-in/", {"username": "manager", "password": PASSWORD})
    assert browser.get("/absences/").status_code == 200


def test_an_administrator_needs_twelve(admin, manager):
    assert "short" in codes("Quiet-River", admin)
    assert codes("Quiet-River", manager) == set()


@pytest.mark.parametrize("password", ["My-Manager-27", "Xy-TH-MANAGER-27", "Ab-周雅-2027x"])
def test_ones_own_name_is_refused(manager, password):
    assert "personal" in codes(password, manager)


def change(browser, new, old=PASSWORD):
    return browser.post("/password/", {"old_password": old, "new_password1": new, "new_password2": new})


def errors(response):
    return {e.code for field in response.context["form"].errors.as_data().values() for e in field}


def test_a_person_changes_their_password_and_stays_signed_in(client_of, manager):
    browser = client_of(manager)
    assert "password_incorrect" in errors(change(browser, "Quiet-River-27", old="wrong"))
    assert change(browser, "Quiet-River-27").url == "/"
    assert browser.get("/absences/").status_code == 200
    manager.refresh_from_db()
    assert manager.check_password("Quiet-River-27")
    assert "young" in errors(change(browser, "Quiet-River-28", old="Quiet-River-27"))


def test_none_of_the_last_five_comes_back(client_of, manager, now):
    used = [PASSWORD, *(f"Quiet-River-2{n}" for n in range(5))]
    for n, (old, new) in enumerate(pairwise(used)):
        with time_machine.travel(now + timedelta(days=2 * n + 2), tick=False):
            browser = Client()
            browser.post("/sign-in/", {"username": "manager", "password": old})
            assert change(browser, new, old=old).status_code == 302
    with time_machine.travel(now + timedelta(days=30), tick=False):
        browser = Client()
        browser.post("/sign-in/", {"username": "manager", "password": used[-1]})
        for old in used:
            assert errors(change(browser, old, old=used[-1])) == {"used"}
        assert change(browser, "Quiet-River-29", old=used[-1]).status_code == 302
    with time_machine.travel(now + timedelta(days=40), tick=False):
        browser.post("/sign-in/", {"username": "manager", "password": "Quiet-River-29"})
        assert change(browser, PASSWORD, old="Quiet-River-29").status_code == 302


def test_an_old_password_warns_and_then_must_be_changed(manager, now):
    for days, told in ((82, False), (84, True), (89, True)):
        with time_machine.travel(now + timedelta(days=days), tick=False):
            browser = Client()
            home = browser.post("/sign-in/", {"username": "manager", "password": PASSWORD})
            assert home.url == "/"
            assert ("tone-warn" in browser.get("/absences/").content.decode()) is told
    with time_machine.travel(now + timedelta(days=90, hours=1), tick=False):
        browser = Client()
        browser.post("/sign-in/", {"username": "manager", "password": PASSWORD})
        assert browser.get("/absences/").url == "/password/first/"
        new = {"new_password1": "Quiet-River-27", "new_password2": "Quiet-River-27"}
        assert browser.post("/password/first/", new).url == "/"
        assert browser.get("/absences/").status_code == 200


def test_an_initial_password_lasts_a_day_and_must_be_changed(manager, now):
    initial = give_initial_password(user=manager, now=now)
    with time_machine.travel(now + timedelta(hours=24), tick=False):
        assert Client().post("/sign-in/", {"username": "manager", "password": initial}).status_code == 200
    with time_machine.travel(now + timedelta(hours=23), tick=False):
        browser = Client()
        assert browser.post("/sign-in/", {"username": "manager", "password": initial}).status_code == 302
        assert browser.get("/absences/").url == "/password/first/"
        same = {"new_password1": PASSWORD, "new_password2": PASSWORD}
        assert "used" in errors(browser.post("/password/first/", same))


def test_an_initial_password_opens_once(manager, admin, now):
    initial = give_initial_password(user=manager, actor=admin, now=now)
    typed = {"username": "manager", "password": initial}
    browser = Client()
    assert browser.post("/sign-in/", typed).status_code == 302
    assert Client().post("/sign-in/", typed).status_code == 200
    new = {"new_password1": "Quiet-River-27", "new_password2": "Quiet-River-27"}
    assert browser.post("/password/first/", new).url == "/"
    typed = {"username": "manager", "password": "Quiet-River-27"}
    for _ in range(2):
        assert Client().post("/sign-in/", typed).status_code == 302
    trace = AccessEvent.objects.get(action="role", object_id=manager.pk)
    assert (trace.actor, trace.fields) == (admin, "initial password given")


def test_the_command_prints_an_initial_password_once(manager, capsys):
    call_command("set_initial_password", manager.employee_number)
    printed = capsys.readouterr().out.strip().splitlines()[-1]
    manager.refresh_from_db()
    assert manager.check_password(printed)
    assert manager.must_change_password
    with pytest.raises(CommandError, match="no employee"):
        call_command("set_initial_password", "nobody")


def test_the_demo_password_opens_nothing_outside_the_demo(manager, settings):
    manager.set_password(settings.DEMO_PASSWORD)
    manager.save()
    typed = {"username": "manager", "password": settings.DEMO_PASSWORD}
    assert Client().post("/sign-in/", typed).status_code == 200
    settings.DEMO = True
    assert Client().post("/sign-in/", typed).status_code == 302


def test_passwords_are_kept_as_argon2():
    from crm import settings

    assert settings.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


def test_a_disabled_person_reads_the_same_as_an_unknown_one(manager):
    wrong = Client().post("/sign-in/", {"username": "nobody", "password": PASSWORD}).context["form"].errors
    User.objects.filter(pk=manager.pk).update(is_active=False)
    disabled = Client().post("/sign-in/", {"username": "manager", "password": PASSWORD}).context["form"].errors
    bad = Client().post("/sign-in/", {"username": "teller", "password": "wrong"}).context["form"].errors
    assert str(wrong) == str(disabled) == str(bad)


def test_passwords_that_were_handed_out_push_none_out(manager, now):
    for _ in range(6):
        initial = give_initial_password(user=manager, now=now)
    browser = Client()
    browser.post("/sign-in/", {"username": "manager", "password": initial})
    assert "used" in errors(browser.post("/password/first/", {"new_password1": PASSWORD, "new_password2": PASSWORD}))


def test_the_backend_itself_refuses_the_disabled(manager):
    assert StaffBackend().authenticate(None, username="manager", password=PASSWORD) == manager
    User.objects.filter(pk=manager.pk).update(is_active=False)
    assert StaffBackend().authenticate(None, username="manager", password=PASSWORD) is None
    assert StaffBackend().get_user(manager.pk) is None


def test_the_first_administrator_comes_by_command(db):
    fields = {"username": "first", "employee_number": "TH0001", "interactive": False}
    call_command("createsuperuser", **fields)
    first = User.objects.get(username="first")
    assert first.roles == ["admin"]
    assert not first.is_superuser
    assert first.scope == "none"
