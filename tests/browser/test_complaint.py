"""A complaint from registration to call-back, each step by whose it is, on a desk and on a phone."""

from datetime import timedelta

import pytest

from complaints.cases.codes import State
from complaints.models import Case
from crm.lib.dates import SHANGHAI
from tests.browser.test_accessibility import check
from tests.complaints.world import make_category

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def typed(moment) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")


def send(page, button="main form[data-guard] button.btn-primary") -> None:
    page.locator(button).last.click()
    page.wait_for_load_state()


def register(page, archive, outlet, now) -> Case:
    page.goto("/complaints/new/")
    values = {"facts": "排队五十分钟后被要求重新取号。", "demand": "书面说明,当面致歉", "customer": archive.number}
    for name, value in values.items():
        page.fill(f"#id_{name}", value)
    page.select_option("#id_outlet", str(outlet.pk))
    page.select_option("#id_cause", str(make_category().pk))
    page.select_option("#id_source", "mail")
    page.fill("#id_received_at", typed(now - timedelta(hours=2)))
    send(page)
    return Case.objects.get()


def state_of(case: Case) -> str:
    return Case.objects.get(pk=case.pk).state


def answer(page, url: str, now) -> None:
    """Every step from the solution on has one form: fill what is asked there."""
    steps = [
        ("solution", {"text": "当面致歉,高峰时段增开窗口。"}, {}),
        ("apology", {"at": typed(now), "note": "当面说明"}, {"means": "meeting", "reaction": "forgiven"}),
        (
            "reply",
            {
                "facts": "经查属实。", "basis": "员工服务问题处理暂行办法。", "decision": "致歉并整改。",
                "remedies": "可申请核查、调解、仲裁或提起诉讼。",
            },
            {"means": "letter"},
        ),
    ]  # fmt: skip
    for name, texts, choices in steps:
        page.goto(f"{url}{name}/")
        for key, value in texts.items():
            page.fill(f"#id_{key}", value)
        for key, value in choices.items():
            page.select_option(f"#id_{key}", value)
        if name == "apology" and not page.input_value("#id_by"):
            page.select_option("#id_by", index=1)
        send(page, "main form[data-guard] button:not([value=preview])")


@pytest.mark.parametrize("width", [1440, 360])
def test_a_complaint_from_registration_to_call_back(width, open_page, archive, outlet, cast, now, complaints):
    case = register(open_page(cast["teller"], width=width), archive, outlet, now)
    url = f"/complaints/{case.number}/"

    office = open_page(cast["service"], width=width)
    assert check(office, "/complaints/desk/", width) == []
    office.goto("/complaints/desk/")
    office.click(f"text={case.number}")
    office.click("#office .btn-primary")
    office.wait_for_url("**#people")
    assert state_of(case) == State.ASSIGNED
    office.goto(f"{url}acknowledgement/")
    office.select_option("#id_means", "letter")
    send(office)

    head = open_page(cast["head"], width=width)
    head.goto(url)
    head.fill("#c-note", "已电话听取,客户要求书面答复")
    head.click("#contact .btn-primary")
    head.wait_for_load_state()
    assert state_of(case) == State.CONTACTED and check(head, url, width) == []

    president = open_page(cast["president"], width=width)
    assert check(president, f"{url}report/", width) == []
    president.goto(f"{url}report/")
    for name in ("facts", "evidence", "root", "measures"):
        president.fill(f"#w-{name}", f"{name}:查明与整改")
    president.check("#w-fyes")
    president.check("#w-flaw")
    president.select_option("#w-cause", index=1)
    president.click("button[value=sign]")
    president.wait_for_url(lambda address: "/report/" not in address)
    assert state_of(case) == State.FOUND
    answer(president, url, now)
    assert state_of(case) == State.REPLIED

    office.goto(f"{url}close/")
    send(office, "main form[data-guard] button")
    assert state_of(case) == State.CLOSED

    caller = open_page(cast["headoffice"], width=width)
    caller.goto(f"{url}call-back/")
    caller.select_option("#id_means", "phone")
    caller.select_option("#id_answer", "5")
    send(caller, "main form[data-guard] button")
    assert state_of(case) == State.CALLED_BACK
    assert check(caller, url, width) == [] and complaints == []
