"""Registering through the service: rights of the moment, repeats, the first receiver, races."""

from datetime import timedelta

import pytest

from complaints.cases.codes import Part
from complaints.intake.registering import Person
from complaints.models import Case, Category, Party
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from tests.archives import make_personal
from tests.cast import make_user
from tests.complaints.intake_world import pdf, registered
from tests.races import at_once

pytestmark = pytest.mark.django_db


def cause(key="pricing") -> Category:
    return Category.objects.get(face="C", key=key)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"facts": " \u200b "}, "facts"), ({"kind": "x"}, "kind"), ({"level": ""}, "level"), ({"source": "fax"}, "source"),
        ({"flags": ["x"]}, "flags"), ({"group": "x"}, "group"), ({"people": 0}, "people"), ({"amount_cents": -1}, "amount"),
        ({"is_anonymous": True, "parties": [Person(name="王")]}, "is_anonymous"), ({"parties": []}, "name"),
        ({"parties": [Person(name="王", phone="1")]}, "phone"), ({"parties": [Person(name="王"), Person(part="proxy", name="李")]}, "authority"),
        ({"parties": [Person(name="王"), Person(part="heir", authority="公证书")]}, "proxy_name"),
        ({"parties": [Person(part="proxy", name="李", authority="授权书")]}, "name"),
        ({"parties": [Person(part=Part.REPRESENTATIVE, name=f"代表{n}") for n in range(6)]}, "representatives"),
        ({"parties": [Person(part=Part.REPRESENTATIVE, name="代表", phone="1")]}, "representatives"),
        ({"files": [pdf(f"{n}.pdf") for n in range(6)]}, "files"), ({"authority_files": [pdf("x.pdf", b"")]}, "authority_files"),
        ({"regulator_number": "9" * 41}, "regulator_number"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(teller, outlet, now, told, field):
    with pytest.raises(Refused) as refused:
        registered(respondent=outlet, actor=teller, now=now, **told)
    assert list(refused.value.fields) == [field]
    assert not Case.objects.exists() and not Party.objects.exists()


def test_a_category_of_another_face_is_refused(teller, outlet, now):
    with pytest.raises(Refused):
        registered(respondent=outlet, actor=teller, now=now, channel=cause())


def test_a_right_that_was_taken_away_counts_at_once(teller, outlet, now):
    teller.permissions  # noqa: B018 (read while it stood)
    teller.role_grants.all().delete()
    with pytest.raises(NotYours):
        registered(respondent=outlet, actor=teller, now=now)


def test_a_customer_keeps_the_class_of_that_day(teller, outlet, now, manager):
    from archives.models import CustomerClass

    customer = make_personal(branch=outlet, manager=manager)
    CustomerClass.objects.create(customer=customer, code="gold", rank=3, since=now.date())
    case = registered(respondent=outlet, actor=teller, now=now, customer=customer, name="")
    assert case.class_code == "gold"


def test_nothing_earlier_is_no_repeat(teller, outlet, now):
    registered(respondent=outlet, actor=teller, now=now - timedelta(days=1), name="别人", phone="13900000000")
    case = registered(respondent=outlet, actor=teller, now=now)
    assert not case.is_repeat and case.repeat_of is None


@pytest.mark.parametrize("ground", ["customer", "person", "employee", "cause"])
@pytest.mark.parametrize(("days", "repeats"), [(89, True), (91, False)])
def test_a_repeat_is_flagged_within_ninety_days(teller, colleague, outlet, now, manager, ground, days, repeats):
    customer = make_personal(branch=outlet, manager=manager)
    same = {
        "customer": {"customer": customer, "name": "", "phone": ""},
        "person": {"name": "另一种写法", "phone": "13812345678"},
        "employee": {"name": "甲", "phone": "", "respondents": [colleague]},
        "cause": {"name": "甲", "phone": "", "cause": cause()},
    }[ground]
    earlier = registered(respondent=outlet, actor=teller, now=now - timedelta(days=days), **same)
    case = registered(respondent=outlet, actor=teller, now=now, **same)
    assert (case.is_repeat, case.repeat_of) == ((True, earlier) if repeats else (False, None))
    assert case.events.get(action="register").facts.get("repeats", {}).get(ground) == (1 if repeats else None)


def test_a_typed_phone_is_the_phone_of_the_archive(teller, outlet, now, manager):
    customer = make_personal(branch=outlet, manager=manager, mobile="15499990003")
    earlier = registered(respondent=outlet, actor=teller, now=now - timedelta(days=3), customer=customer, name="")
    case = registered(respondent=outlet, actor=teller, now=now, name="匿称", phone="154 9999 0003")
    assert case.repeat_of == earlier


def test_the_same_cause_elsewhere_or_of_another_kind_is_no_repeat(teller, outlet, bank, now):
    registered(respondent=bank["0201"], actor=teller, now=now, name="甲", phone="", cause=cause())
    registered(respondent=outlet, actor=teller, now=now, name="甲", phone="", cause=cause(), kind="inquiry")
    assert not registered(respondent=outlet, actor=teller, now=now, name="乙", phone="", cause=cause()).is_repeat


def test_the_third_time_it_goes_up(teller, outlet, now, president):
    for n in (3, 2, 1):
        case = registered(respondent=outlet, actor=teller, now=now - timedelta(days=n))
    assert case.escalated_at and case.events.filter(action="escalate", actor=None, role="system").exists()
    assert Case.objects.exclude(escalated_at=None).count() == 1
    assert Notice.objects.filter(kind="case-escalated", recipient=president, params__number=case.number).exists()


def test_a_case_about_its_own_first_receiver_is_followed_by_the_head(teller, head, outlet, now, client_of):
    case = registered(respondent=outlet, actor=teller, now=now, respondents=[teller])
    case.refresh_from_db()
    assert (case.registered_by, case.first_receiver) == (teller, head)
    gone = case.recusals.get()
    assert (gone.role, gone.person, gone.replaced_by, gone.reason) == ("first", teller, head, "accused")
    assert client_of(teller).get(f"/complaints/{case.number}/").status_code == 404


def test_the_office_is_not_told_of_a_case_about_itself(teller, service, outlet, bank, now):
    second = make_user(username="service2", role="service", branch=bank["0000"])
    case = registered(respondent=outlet, actor=teller, now=now, respondents=[service])
    told = set(Notice.objects.filter(params__number=case.number).values_list("recipient__username", flat=True))
    assert told == {second.username}


def test_a_lobby_event_is_one_case(teller, outlet, now):
    from complaints.models import LobbyEvent

    event = LobbyEvent.objects.create(branch=outlet, at=now, by=teller)
    registered(respondent=outlet, actor=teller, now=now, lobby_event=event)
    with pytest.raises(TooLate):
        registered(respondent=outlet, actor=teller, now=now, lobby_event=event)


@pytest.mark.django_db(transaction=True)
def test_the_same_form_in_the_same_instant_is_one_case(teller, outlet, now):
    def send():
        return registered(respondent=outlet, actor=teller, now=now, token="double", files=[pdf()]).pk

    assert len(set(at_once(send, send, send, errors=Refused))) == 1
    case = Case.objects.get()
    assert case.parties.count() == case.files.count() == case.events.filter(action="register").count() == 1


@pytest.mark.django_db(transaction=True)
def test_several_in_the_same_instant_get_numbers_of_their_own(cast, outlet, now):
    def send(who):
        return lambda: registered(respondent=outlet, actor=cast[who], now=now, name=who, phone="").number

    numbers = at_once(*[send(who) for who in ("teller", "manager", "lobby", "head")], errors=Refused)
    assert len(set(numbers)) == 4 and all(isinstance(number, str) for number in numbers)


@pytest.mark.django_db(transaction=True)
def test_a_lobby_event_in_the_same_instant_is_one_case(cast, outlet, now):
    from complaints.models import LobbyEvent

    event = LobbyEvent.objects.create(branch=outlet, at=now, by=cast["lobby"])

    def send(who):
        return lambda: registered(respondent=outlet, actor=cast[who], now=now, lobby_event=event, name=who, phone="").pk

    results = at_once(send("teller"), send("lobby"), errors=Refused)
    assert Case.objects.count() == 1 and sum(isinstance(found, TooLate) for found in results) == 1


@pytest.mark.django_db(transaction=True)
def test_a_failure_at_the_end_leaves_no_row_and_no_file(teller, outlet, now, monkeypatch, settings):
    from complaints.models import CaseFile

    real, done = CaseFile.save, []

    def failing(self, *args, **options):
        if done:
            raise RuntimeError
        done.append(1)
        return real(self, *args, **options)

    monkeypatch.setattr(CaseFile, "save", failing)
    with pytest.raises(RuntimeError):
        registered(respondent=outlet, actor=teller, now=now, files=[pdf("a.pdf"), pdf("b.pdf")])
    assert not Case.objects.exists() and not Notice.objects.exists()
    assert done and [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []
