"""The page that registers a case, through the door that people use."""

from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.utils import timezone

from archives.models import Hold
from complaints.models import Case, Category, LobbyEvent, Party
from crm.lib.dates import SHANGHAI
from crm.notifications.models import Notice
from tests.archives import make_personal
from tests.complaints.intake_world import pdf, typed

pytestmark = pytest.mark.django_db
NEW = "/complaints/new/"
PAYLOADS = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'><svg/onload=alert(1)>", "<iframe srcdoc=x>",
    "javascript:alert(1)", "{{7*7}}", "{% debug %}", "</textarea><script>x</script>", "<a href=javascript:x>y</a>",
    "<body onload=x>", "<math><mi xlink:href=x>", "&lt;script&gt;", "<b hx-get=/x hx-trigger=load>", "<style>*{}</style>",
    "<details open ontoggle=x>", "<form action=//evil>", "<!--><script>x</script-->", "\\u003cscript\\u003e", "<base href=//evil>",
    "<svg><animate onbegin=x attributeName=x>",
]  # fmt: skip


def moment(at) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")


def test_anybody_who_serves_customers_registers_and_the_office_is_told(cast, client_of, outlet):
    for number, who in enumerate(
        ("teller", "manager", "lobby", "head", "president", "service", "headoffice", "stranger"), 1
    ):
        response = client_of(cast[who]).post(NEW, typed(outlet))
        assert response.status_code == 302 and Case.objects.count() == number
        case = Case.objects.latest("pk")
        assert response.url == f"/complaints/{case.number}/"
        assert (case.registered_by, case.first_receiver, case.branch) == (cast[who],) * 2 + (cast[who].branch,)
        assert Notice.objects.filter(kind="case-registered", recipient=cast["service"], params__number=case.number).exists() == (who != "service")  # fmt: skip


@pytest.mark.parametrize("who", ["auditor", "admin"])
def test_whoever_serves_no_customers_registers_nothing(cast, client_of, outlet, who):
    client = client_of(cast[who])
    assert client.get(NEW).status_code == client.post(NEW, typed(outlet)).status_code == 403
    assert not Case.objects.exists()


def test_a_case_begins_with_its_clocks_its_event_and_a_number(teller, client_of, outlet):
    client_of(teller).post(NEW, typed(outlet, demand="道歉", amount="1234.5", product="三年定期"))
    case = Case.objects.get()
    assert case.number.startswith("TS") and case.state == "registered" and case.nearest_at
    assert (case.amount_cents, case.product, case.demand) == (123450, "三年定期", "道歉")
    assert set(case.clocks.values_list("kind", flat=True)) >= {"register", "acknowledge", "contact", "statutory"}
    event = case.events.get()
    assert (event.action, event.actor, event.role) == ("register", teller, "first")
    party = case.parties.get()
    assert (party.name, party.phone, party.part) == ("王建国", "13800001234", "complainant")


def test_what_the_bank_holds_is_shown_masked_and_not_asked_again(teller, client_of, outlet, manager):
    customer = make_personal(branch=outlet, manager=manager, name="李明亮", mobile="15499990001")
    page = client_of(teller).get(f"{NEW}?customer={customer.number}").content.decode()
    assert "李明亮" in page and "154****0001" in page and "15499990001" not in page and customer.address not in page
    client_of(teller).post(NEW, typed(outlet, customer=customer.number, name="", phone=""))
    case = Case.objects.get()
    assert (case.customer, case.customer_number) == (customer, customer.number)
    party = case.parties.get()
    assert (party.customer, party.name, party.phone) == (customer, "", "")
    assert Hold.objects.filter(customer=customer, kind="complaint", source=case.number, released_at=None).exists()


def test_a_customer_of_another_outlet_is_linked_and_nothing_of_them_shown(teller, client_of, bank, outlet, stranger):
    customer = make_personal(branch=bank["0201"], manager=stranger, name="异地之人", mobile="15499990002")
    client = client_of(teller)
    assert "异地之人" not in client.get(f"{NEW}?customer={customer.number}").content.decode()
    sent = client.post(NEW, typed(outlet, customer=customer.number, name="", phone=""), follow=True)
    case = Case.objects.get()
    assert case.customer == customer
    page = sent.content.decode()
    assert case.number in page and "异地之人" not in page and "154****0002" not in page


def test_a_number_without_a_customer_is_said_and_nothing_is_lost(teller, client_of, outlet):
    page = client_of(teller).post(NEW, typed(outlet, customer="100000000009", facts="事实留在表里")).content.decode()
    assert "事实留在表里" in page and 'value="100000000009"' in page and "is-invalid" in page
    assert not Case.objects.exists()


def test_somebody_anonymous_is_nobody(teller, client_of, outlet):
    client = client_of(teller)
    client.post(NEW, typed(outlet, is_anonymous="on"))
    assert not Case.objects.exists()  # a name and anonymity contradict each other
    client.post(NEW, typed(outlet, is_anonymous="on", name="", phone=""))
    case = Case.objects.get()
    assert case.is_anonymous and not case.parties.exists()
    client.post(NEW, typed(outlet, name="", phone=""))
    assert Case.objects.count() == 1  # neither named nor anonymous: asked which


def test_a_proxy_shows_an_authorisation(teller, client_of, outlet):
    client = client_of(teller)
    proxy = {"speaker": "proxy", "proxy_name": "赵律师", "proxy_phone": "13900001111"}
    assert client.post(NEW, typed(outlet, **proxy)).status_code == 200
    assert client.post(NEW, typed(outlet, speaker="proxy", authority="授权书")).status_code == 200
    assert client.post(NEW, typed(outlet, authority="授权书")).status_code == 200
    assert not Case.objects.exists()
    sent = typed(outlet, **proxy, authority="2026-11-20 授权书原件", authority_files=[pdf("授权.pdf")], files=[pdf()])
    assert client.post(NEW, sent).status_code == 302
    case = Case.objects.get()
    assert case.parties.get(part="proxy").authority == "2026-11-20 授权书原件"
    assert set(case.files.values_list("kind", "name")) == {("authority", "授权.pdf"), ("evidence", "证据.pdf")}


def test_an_heir_complains_for_the_dead(teller, client_of, outlet):
    client_of(teller).post(NEW, typed(outlet, speaker="heir", proxy_name="王小明", authority="公证书"))
    assert Case.objects.get().parties.get(part="heir").name == "王小明"


def test_a_joint_complaint_has_at_most_five_representatives(teller, client_of, outlet):
    client, lines = client_of(teller), "\n".join(f"代表{n}，1380000000{n}" for n in range(1, 7))
    page = client.post(NEW, typed(outlet, people="8", representatives=lines)).content.decode()
    assert "代表6" in page and not Case.objects.exists()
    assert client.post(NEW, typed(outlet, people="8", representatives=lines.rsplit("\n", 1)[0])).status_code == 302
    case = Case.objects.get()
    assert case.people == 8 and case.parties.filter(part="representative").count() == 5
    assert case.parties.filter(name="代表5").get().phone == "13800000005"


@pytest.mark.parametrize(("people", "level"), [("19", "ordinary"), ("20", "major")])
def test_twenty_people_make_it_major_and_the_leaders_are_told(cast, client_of, outlet, people, level):
    client_of(cast["teller"]).post(NEW, typed(outlet, people=people))
    case = Case.objects.get()
    assert case.level == level
    told = set(Notice.objects.filter(kind="case-major").values_list("recipient__username", flat=True))
    assert told == ({"head", "president", "service"} if level == "major" else set())
    assert case.clocks.filter(kind="major_notice").exists() == (level == "major")


def test_a_case_is_never_turned_away_for_want_of_a_classification(teller, client_of, outlet):
    client_of(teller).post(NEW, typed(outlet))
    case = Case.objects.get()
    assert case.channel is case.business is case.cause is None and case.about_service


def test_the_three_faces_flags_and_group_are_kept(teller, client_of, outlet):
    pick = {row.key: row for row in Category.objects.all()}
    faces = {"channel": pick["counter"].pk, "business": pick["cards"].pk, "cause": pick["service"].pk}
    client = client_of(teller)
    client.post(NEW, typed(outlet, **faces, flags=["upset", "opinion"], group="elderly", level="complex", urgency="1", kind="petition"))  # fmt: skip
    case = Case.objects.get()
    assert (case.channel, case.business, case.cause) == (pick["counter"], pick["cards"], pick["service"])
    assert set(case.flags.values_list("flag", flat=True)) == {"upset", "opinion"}
    assert (case.group, case.level, case.urgency, case.kind) == ("elderly", "complex", "1", "petition")
    client.post(NEW, typed(outlet, cause=pick["counter"].pk))  # of another face
    assert Case.objects.count() == 1


def test_the_outlet_comes_from_the_address_else_it_is_ones_own(teller, client_of, outlet, bank):
    client = client_of(teller)
    assert f'<option value="{outlet.pk}" selected' in client.get(NEW).content.decode()
    assert f'<option value="{bank["0201"].pk}" selected' in client.get(f"{NEW}?outlet=0201").content.decode()
    assert f'<option value="{outlet.pk}" selected' in client.get(f"{NEW}?outlet=nowhere").content.decode()


def test_a_letter_may_have_come_earlier_but_neither_later_nor_long_ago(teller, client_of, outlet, now):
    client = client_of(teller)
    for wrong in (moment(now + timedelta(hours=2)), moment(now - timedelta(days=367)), "gestern"):
        page = client.post(NEW, typed(outlet, source="mail", received_at=wrong))
        assert page.status_code == 200 and wrong in page.content.decode()
    assert not Case.objects.exists()
    client.post(NEW, typed(outlet, source="mail", received_at=moment(now - timedelta(days=3))))
    case = Case.objects.get()
    assert timedelta(days=2, hours=23) < case.registered_at - case.received_at < timedelta(days=3, hours=1)
    assert case.clocks.get(kind="statutory").started_at == case.received_at


def test_a_regulator_gives_a_number_and_a_day(teller, client_of, outlet, now):
    day = (timezone.localdate(now) + timedelta(days=7)).isoformat()
    client_of(teller).post(NEW, typed(outlet, source="nfra", regulator_number="12378-1", regulator_due_on=day))
    case = Case.objects.get()
    assert (case.regulator_number, case.regulator_due_on.isoformat()) == ("12378-1", day)
    assert case.clocks.filter(kind="regulator").exists()


def test_a_lobby_event_becomes_one_case(lobby, client_of, outlet, now, manager, stranger):
    customer = make_personal(branch=outlet, manager=manager, name="李明亮")
    event = LobbyEvent.objects.create(branch=outlet, at=now, by=lobby, text="客户嫌慢", customer=customer)
    client = client_of(lobby)
    page = client.get(f"{NEW}?event={event.pk}").content.decode()
    assert "客户嫌慢" in page and f'value="{customer.number}"' in page
    assert client.post(f"{NEW}?event={event.pk}", typed(outlet, source="lobby")).status_code == 302
    assert Case.objects.get().lobby_event == event
    again = client.post(f"{NEW}?event={event.pk}", typed(outlet, facts="第二次提交"))
    assert again.status_code == 409 and "第二次提交" in again.content.decode() and Case.objects.count() == 1
    other = client_of(stranger)
    for wrong in (event.pk, 999999, "x", "9" * 30):
        assert other.get(f"{NEW}?event={wrong}").status_code == 404


def test_who_is_on_duty_stands_beside_the_form(teller, client_of, monkeypatch, outlet, head):
    from complaints.duty.models import Duty
    from complaints.intake import views

    duty = Duty(branch=outlet, person=head, post="head", starts=timezone.now().time(), ends=timezone.now().time())
    monkeypatch.setattr(views, "on_duty_now", lambda branch, now: [duty] if branch == outlet else [])
    assert "郑海峰" in client_of(teller).get(NEW).content.decode()


def test_the_same_form_twice_is_one_case(teller, client_of, outlet):
    client, sent = client_of(teller), typed(outlet)
    assert client.post(NEW, sent).url == client.post(NEW, sent).url
    assert Case.objects.count() == Party.objects.count() == 1


@pytest.mark.parametrize(("field", "length"), [("facts", 4001), ("demand", 1001), ("name", 121), ("product", 81), ("authority", 201), ("facts", 200_000)])  # fmt: skip
def test_what_is_too_long_is_said_and_stays_in_the_form(teller, client_of, outlet, field, length):
    response = client_of(teller).post(NEW, typed(outlet, **{field: "长" * length}))
    assert response.status_code == 200 and "长" * min(length, 80) in response.content.decode()
    assert not Case.objects.exists()


def test_what_nobody_can_see_is_taken_out(teller, client_of, outlet):
    client_of(teller).post(NEW, typed(outlet, facts="第一行\0\r\n第二\u200b行\u202e", name="王\0建国"))
    case = Case.objects.get()
    assert case.facts == "第一行\n第二行" and case.parties.get().name == "王建国"


@pytest.mark.parametrize("field", ["kind", "level", "urgency", "source", "outlet", "group", "flags", "speaker", "channel", "people", "amount", "regulator_due_on"])  # fmt: skip
@pytest.mark.parametrize("value", ["\0", "<x>", "9" * 40, "-1"])
def test_nonsense_in_a_choice_is_asked_again(teller, client_of, outlet, field, value):
    response = client_of(teller).post(NEW, typed(outlet) | {field: value})
    assert response.status_code == 200 and not Case.objects.exists()


@pytest.mark.parametrize("query", ["customer=%00", "outlet=%00", "customer=" + "9" * 300, "outlet=%F0%9F%A4%A8", "customer=%27--"])  # fmt: skip
def test_nonsense_in_the_address_is_ignored(teller, client_of, query):
    assert client_of(teller).get(f"{NEW}?{query}").status_code == 200


def test_a_wrong_phone_and_a_wrong_file_are_said_at_their_place(teller, client_of, outlet):
    page = client_of(teller).post(NEW, typed(outlet, phone="12", files=[pdf("x.exe", b"MZ")]))
    assert page.status_code == 200 and 'id="id_phone-error"' in page.content.decode()
    page = client_of(teller).post(NEW, typed(outlet, files=[pdf("x.exe", b"MZ")]))
    assert 'id="id_files-error"' in page.content.decode() and not Case.objects.exists()


class Skeleton(HTMLParser):
    """Elements and the names of their attributes, in order."""

    def __init__(self, text: str):
        super().__init__()
        self.bones: list = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.bones.append((tag, tuple(name for name, _value in attrs)))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_adds_no_element_and_no_attribute_to_the_page(teller, client_of, outlet, payload):
    client, pages = client_of(teller), []
    for words in ("harmless", payload):
        fields = dict.fromkeys(("facts", "demand", "name", "product", "address", "authority", "proxy_name"), words)
        kept = pdf(f"{words}.pdf".replace("/", ""))
        page = client.post(NEW, typed(outlet, **fields, phone="", speaker="proxy", files=[kept]), follow=True)
        assert Case.objects.latest("pk").facts == words
        pages.append(Skeleton(page.content.decode()).bones)
    assert pages[0] == pages[1]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_a_form_that_comes_back_stays_text(teller, client_of, outlet, payload):
    client = client_of(teller)
    names = (
        "facts",
        "demand",
        "name",
        "product",
        "employees",
        "representatives",
        "authority",
        "received_at",
    )
    bones = [
        Skeleton(client.post(NEW, typed(outlet, **dict.fromkeys(names, words))).content.decode()).bones
        for words in ("harm,less,too", payload.replace(",", " "))
    ]
    assert bones[0] == bones[1] and not Case.objects.exists()
