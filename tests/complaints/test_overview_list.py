"""The list of cases and the board: whose cases, in which order, narrowed by what, and never whose name."""

import re
from datetime import timedelta

import pytest

from complaints.cases.codes import State
from complaints.models import Case, Respondent
from crm.privacy.models import AccessEvent
from tests.archives import make_personal
from tests.complaints.world import case_at, make_case, make_category

NUMBER = re.compile(r"TS[0-9]{8}-[0-9]{5}")


def numbers(response) -> list[str]:
    """Case numbers in the order of the page, each once."""
    return list(dict.fromkeys(NUMBER.findall(response.content.decode())))


@pytest.fixture
def here(bank, teller, now):
    return make_case(
        respondent=bank["0101"], actor=teller, now=now - timedelta(hours=1), name="王建国", phone="13812345678"
    )


@pytest.fixture
def there(bank, stranger, now):
    return make_case(
        respondent=bank["0201"], actor=stranger, now=now - timedelta(hours=2), name="赵小曼", phone="13987654321"
    )


@pytest.mark.parametrize(
    ("who", "wanted"),
    [("teller", "here"), ("head", "here"), ("president", "here"), ("service", "both"), ("headoffice", "both"), ("auditor", "both"), ("stranger", "there"), ("stranger_head", "there"), ("manager", ""), ("lobby", "")],
)  # fmt: skip
def test_everybody_begins_with_their_own(here, there, cast, client_of, who, wanted):
    shown = set(numbers(client_of(cast[who]).get("/complaints/")))
    assert (
        shown
        == {"here": {here.number}, "there": {there.number}, "both": {here.number, there.number}, "": set()}[wanted]
    )


def test_who_keeps_the_system_has_no_list(cast, client_of):
    assert client_of(cast["admin"]).get("/complaints/").status_code == 403
    assert client_of(cast["admin"]).get("/complaints/board/").status_code == 403


@pytest.mark.parametrize("tab", ["branch", "all"])
def test_a_teller_asking_for_more_gets_their_own(here, there, client_of, teller, tab):
    page = client_of(teller).get(f"/complaints/?tab={tab}&state=any")
    assert numbers(page) == [here.number] and page.context["tabs"][0][0] == "mine" and len(page.context["tabs"]) == 1


def test_who_is_complained_about_does_not_see_the_case(here, head, client_of, now):
    Respondent.objects.create(case=here, employee=head, named_at=now)
    for url in ("/complaints/", "/complaints/?tab=all&state=any", "/complaints/board/"):
        assert here.number not in client_of(head).get(url).content.decode()
    assert not numbers(client_of(head).post("/complaints/", {"q": here.number}))


def test_the_nearest_limit_stands_first_and_those_without_one_last(bank, service, client_of, now):
    found = [make_case(respondent=bank["0101"], actor=service, now=now - timedelta(minutes=i)) for i in range(4)]
    limits = [now + timedelta(days=3), now - timedelta(hours=2), None, now + timedelta(hours=3)]
    for case, at in zip(found, limits, strict=True):
        Case.objects.filter(pk=case.pk).update(nearest_at=at)
    page = client_of(service).get("/complaints/")
    assert numbers(page) == [found[i].number for i in (1, 3, 0, 2)]
    text = page.content.decode()
    assert "tone-late" in text and "tone-warn" in text and "tone-info" in text


def test_pages_follow_each_other_without_gap_or_double(bank, service, client_of, now):
    for i in range(55):
        make_case(respondent=bank["0101"], actor=service, now=now - timedelta(minutes=i % 5))
    client = client_of(service)
    first = client.get("/complaints/")
    token = first.context["page"].next_token
    second = client.get("/complaints/", {"after": token})
    one, two = numbers(first), numbers(second)
    assert (len(one), len(two)) == (50, 5) and not set(one) & set(two)


FILTERS = [
    ("state=any", {"a", "b", "c"}), ("", {"a", "b"}), ("state=ended", {"c"}), ("state=registered", {"a", "b"}),
    ("state=to_accept", {"a", "b"}), ("level=major", {"b"}), ("kind=petition", {"a"}), ("source=nfra", {"b"}),
    ("due=late", {"a"}), ("due=near", {"b"}), ("due=none", set()), ("product=x", {"b"}), ("tier=gold", {"a"}),
    ("tier=-", {"b"}), ("state=any&tier=-", {"b", "c"}), ("state=any&figure=untimely", {"c"}), ("figure=repeated", {"b"}),
    ("first=2200-01-01", set()), ("last=1999-01-01", set()), ("level=nonsense&due=x&cause=abc", {"a", "b"}),
]  # fmt: skip


@pytest.mark.parametrize(("query", "wanted"), FILTERS)
def test_filters_narrow(bank, service, client_of, now, query, wanted):
    common = {"respondent": bank["0101"], "actor": service}
    made = {
        "a": make_case(**common, kind="petition", class_code="gold"),
        "b": make_case(**common, level="major", source="nfra", product="x", is_repeat=True),
        "c": make_case(**common, kind="inquiry", state="withdrawn", closed_in_time=False),
    }
    Case.objects.filter(pk=made["a"].pk).update(nearest_at=now - timedelta(hours=1))
    Case.objects.filter(pk=made["b"].pk).update(nearest_at=now + timedelta(hours=1))
    Case.objects.filter(pk=made["c"].pk).update(closed_in_time=False)
    shown = set(numbers(client_of(service).get(f"/complaints/?{query}")))
    assert shown == {made[key].number for key in wanted}


def test_an_outlet_means_what_stands_below_it_too(here, there, bank, service, client_of):
    client = client_of(service)
    assert numbers(client.get(f"/complaints/?outlet={bank['0100'].pk}")) == [here.number]
    assert numbers(client.get(f"/complaints/?outlet={bank['0100'].pk}&exact=outlet")) == []
    assert numbers(client.get(f"/complaints/?outlet={bank['0201'].pk}&exact=outlet")) == [there.number]


def test_a_category_means_what_stands_below_it_too(bank, service, client_of):
    parent = make_category(face="A", key="electronic-x", name="电子")
    child = make_category(face="A", key="app-x", name="移动", parent=parent)
    case = make_case(respondent=bank["0101"], actor=service, channel=child)
    make_case(respondent=bank["0101"], actor=service)
    client = client_of(service)
    assert numbers(client.get(f"/complaints/?channel={parent.pk}")) == [case.number]
    assert numbers(client.get(f"/complaints/?channel={parent.pk}&exact=channel")) == []
    assert case.number not in numbers(client.get("/complaints/?channel=-"))


@pytest.mark.parametrize("query", ["after=x", "before=%00", "outlet=99999999", "cause=1e5", "first=2026-02-30", "product=%00", "tab=zz", "figure=zz", "outlet=²"])  # fmt: skip
def test_nonsense_in_the_address_is_no_error(here, client_of, service, query):
    for url in (
        "/complaints/",
        "/complaints/board/",
        "/complaints/numbers/",
        "/complaints/reports/paper/",
        "/complaints/repeats/",
    ):
        assert client_of(service).get(f"{url}?{query}").status_code == 200


# By number, by POST alone


@pytest.mark.parametrize("typed", ["{number}", " {number} ", "{customer}", "13812345678", "138 1234 5678"])
def test_a_case_is_found_by_a_number_that_is_typed(bank, head, teller, client_of, now, typed):
    customer = make_personal(branch=bank["0101"], manager=None)
    case = make_case(respondent=bank["0101"], actor=teller, customer=customer, phone="13812345678")
    other = make_case(respondent=bank["0101"], actor=teller, phone="13700000000")
    page = client_of(head).post("/complaints/", {"q": typed.format(number=case.number, customer=customer.number)})
    assert case.number in numbers(page) and other.number not in numbers(page)
    event = AccessEvent.objects.filter(action="search").get()
    assert event.object_type == "case" and "13812345678" not in str(event.__dict__)


def test_the_archives_mobile_finds_too(bank, head, teller, client_of):
    customer = make_personal(branch=bank["0101"], manager=None, mobile="15012340001")
    case = make_case(respondent=bank["0101"], actor=teller, customer=customer, phone="")
    assert numbers(client_of(head).post("/complaints/", {"q": "15012340001"})) == [case.number]


def test_nothing_is_looked_for_by_address(here, client_of, head):
    page = client_of(head).get("/complaints/?q=13900000000")
    assert numbers(page) == [here.number] and not AccessEvent.objects.filter(action="search").exists()


def test_a_strangers_case_is_not_found(here, client_of, cast):
    for who in ("stranger", "stranger_head"):
        for typed in (here.number, "13812345678"):
            assert not numbers(client_of(cast[who]).post("/complaints/", {"q": typed}))


@pytest.mark.parametrize("typed", ["", "12", "王建国", "\0\0\0"])
def test_too_short_a_number_is_refused(here, client_of, head, typed):
    page = client_of(head).post("/complaints/", {"q": typed})
    assert page.status_code == 200 and not numbers(page) and not AccessEvent.objects.filter(action="search").exists()


# Names


def test_the_complainant_is_masked_for_everybody(here, there, cast, client_of):
    for who in ("teller", "head", "service", "headoffice", "auditor"):
        for url in ("/complaints/?tab=all", "/complaints/board/?tab=all"):
            text = client_of(cast[who]).get(url).content.decode()
            assert "王建国" not in text and "赵小曼" not in text and "13812345678" not in text
    assert "王*国" in client_of(cast["head"]).get("/complaints/").content.decode()


def test_flags_stand_beside_the_number(here, client_of, service, now):
    Case.objects.filter(pk=here.pk).update(is_repeat=True, escalated_at=now, level="major", round=2)
    service.language = "en"
    service.save()
    text = client_of(service).get("/complaints/", headers={"accept-language": "en"}).content.decode()
    assert text.count("tone-late") >= 2 and "i-redo" in text


# The board


def test_each_column_holds_its_cases(bank, service, client_of, now):
    day = now.replace(hour=2, minute=0)  # 10:00 in Shanghai
    made = {}
    for key, at in {"late": -1, "today": 1, "week": 60, "later": 24 * 20, "none": None}.items():
        case = make_case(respondent=bank["0101"], actor=service, now=day)
        made[key] = case.number
        Case.objects.filter(pk=case.pk).update(nearest_at=None if at is None else day + timedelta(hours=at))
    from complaints.overview.criteria import Criteria
    from complaints.overview.listing import board_of

    columns = board_of(Criteria(tab="all"), service, day, by="due")
    assert {one["key"]: [case.number for case in one["cases"]] for one in columns} == {k: [v] for k, v in made.items()}
    assert all(one["count"] == (1, False) for one in columns)


def test_a_column_opens_exactly_its_cases(bank, service, client_of, now):
    for hours in (-5, -1, 40, 900):
        case = make_case(respondent=bank["0101"], actor=service)
        Case.objects.filter(pk=case.pk).update(nearest_at=now + timedelta(hours=hours))
    client = client_of(service)
    from complaints.overview.criteria import Criteria
    from complaints.overview.listing import board_of

    for by in ("due", "state"):
        for one in board_of(Criteria(tab="all"), service, now, by=by):
            assert len(numbers(client.get(f"/complaints/?{one['address']}"))) == one["count"][0], one["key"]
        assert client.get(f"/complaints/board/?by={by}").status_code == 200


def test_the_board_by_state(bank, cast, now):
    who = {
        "actor": cast["teller"],
        "officer": cast["service"],
        "investigator": cast["president"],
        "contact": cast["head"],
    }
    states = [State.REGISTERED, State.ASSIGNED, State.INVESTIGATING, State.FOUND, State.REPLIED, State.CLOSED]
    for state in states:
        case_at(state, respondent=bank["0101"], **who, now=now)
    from complaints.overview.criteria import Criteria
    from complaints.overview.listing import board_of

    columns = board_of(Criteria(tab="all"), cast["service"], now, by="state")
    assert [one["count"][0] for one in columns] == [1, 1, 1, 1, 1, 1]


# Closing many


def test_the_office_closes_chosen_rows_with_a_result_each(bank, cast, client_of, now):
    from complaints.intake.models import Acknowledgement

    who = {
        "actor": cast["teller"],
        "officer": cast["service"],
        "investigator": cast["president"],
        "contact": cast["head"],
    }
    ready = case_at(State.REPLIED, respondent=bank["0101"], **who, now=now)
    Acknowledgement.objects.create(
        case=ready, round=1, sent_by=cast["service"], sent_at=now, means="sms", limit_on=now.date()
    )
    lacking = case_at(State.REPLIED, respondent=bank["0101"], **who, now=now)
    client = client_of(cast["service"])
    text = client.get("/complaints/").content.decode()
    chosen = re.findall(r'name="case" value="([^"]+)"', text)
    assert len(chosen) == 2 and 'action="/complaints/closing/"' in text
    client.post("/complaints/closing/", {"case": chosen})
    ready.refresh_from_db()
    lacking.refresh_from_db()
    assert (ready.state, lacking.state) == ("closed", "replied")


def test_others_have_no_bulk_closing(bank, cast, client_of, now):
    who = {
        "actor": cast["teller"],
        "officer": cast["service"],
        "investigator": cast["president"],
        "contact": cast["head"],
    }
    case_at(State.REPLIED, respondent=bank["0101"], **who, now=now)
    assert 'name="case"' not in client_of(cast["head"]).get("/complaints/").content.decode()


def test_the_list_costs_the_same_whatever_its_length(bank, service, client_of, now, django_assert_max_num_queries):
    client = client_of(service)
    for _i in range(3):
        make_case(respondent=bank["0101"], actor=service)
    client.get("/complaints/")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        client.get("/complaints/")
    for _i in range(20):
        make_case(respondent=bank["0101"], actor=service)
    with django_assert_max_num_queries(len(few)):
        client.get("/complaints/")
