"""A roster from the proposal to a check-in, by the people who plan and stand it, in Chromium."""

from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.models import Duty, LobbyEvent, Roster, Swap
from tests.complaints.duty_world import make_duty

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_roster_from_proposal_to_check_in(open_page, outlet, head, lobby, teller, complaints):
    today = timezone.localdate()
    month = f"{(today.replace(day=1) + timedelta(days=32)):%Y-%m}"
    page = open_page(head)
    page.goto(f"/lobby/0101/{month}/")
    page.click('form[action$="/propose/"] button')
    page.wait_for_selector("main [role=status]")
    page.locator("ol.month a[href^='/lobby/duties/']").first.click()
    page.click("button[name=remove]")
    page.wait_for_selector("main [role=status]")
    page.click('form[action$="/publish/"] button')
    page.locator("main [role=alert] a").first.click()  # the gap is a link
    page.select_option("[name=person]", str(head.pk))
    page.click("form[data-guard] button")
    page.wait_for_selector("main [role=status]")
    page.click('form[action$="/publish/"] button')
    page.wait_for_selector('form[action$="/publish/"]', state="detached")
    assert Roster.objects.get().state == "published"

    page = open_page(lobby, width=360)
    page.goto("/lobby/mine/")
    page.locator("a[href$='/ask-swap/']").first.click()
    page.select_option("[name=to]", str(teller.pk))
    page.fill("[name=reason]", "孩子家长会")
    page.click("form[data-guard] button")
    page.wait_for_selector("main [role=status]")
    swap = Swap.objects.get()
    page = open_page(head)
    page.goto(f"/lobby/swaps/{swap.pk}/")
    page.click("button[value=yes]")
    page.wait_for_selector("main [role=status]")
    assert Duty.objects.get(pk=swap.duty_id).person == teller
    assert [said for said in complaints if "409" not in said] == []  # the refused publication


def test_two_clicks_and_a_check_in_on_a_phone(open_page, outlet, lobby, complaints):
    make_duty(person=lobby, day=timezone.localdate(), starts="00:00", ends="23:59")
    page = open_page(lobby, width=360)
    page.goto("/lobby/")
    page.click('form[action$="/check-in/"] button')
    page.wait_for_selector("main [role=status]")
    page.goto("/lobby/")
    page.click("button[value=settled]")
    page.wait_for_selector("main [role=status]")
    assert Duty.objects.get().checked_in_at and LobbyEvent.objects.get().kind == "settled"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert complaints == []
