"""A unique string in every personal field of two branches: none foreign and none unmasked on any page, download or log."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from archives.changes.services import propose_change
from archives.customers.services import add_row
from crm.lib.identifiers import make_resident_id
from tests.archives import make_account, make_item, make_personal
from tests.complaints.briefings_world import add_briefings
from tests.complaints.case_world import add_cases
from tests.complaints.conduct_world import add_conduct
from tests.complaints.duty_world import add_duty
from tests.complaints.overview_world import add_overview
from tests.house.class_world import add_quarter
from tests.house.test_matrix import PDF, add_job_run, arguments, matrix
from tests.retention.worlds import add_retention
from tests.reviews.analysis_world import add_analyses
from tests.reviews.monthly_world import add_meetings, meeting_addresses
from tests.stewardship.hand_over_world import add_hand_overs
from tests.stewardship.merge_world import add_merges

# Field: (value here, value there). Whole values: what a mask leaves of them is allowed.
SECRETS = {
    "id_number": (
        make_resident_id("339901", date(1980, 5, 17), 871),
        make_resident_id("339902", date(1981, 6, 18), 873),
    ),
    "mobile": ("15499871234", "15499875678"),
    "phone": ("0579-87654399", "0579-87654388"),
    "email": ("canaryhere@example.com", "canarythere@example.com"),
    "emergency_phone": ("15477771111", "15477772222"),
    "guardian_phone": ("15466661111", "15466662222"),
    "address": ("临江市城东区金丝雀路一号", "临江市滨江区金丝雀路二号"),
    "work_address": ("临江市城东区雀巢大厦一楼", "临江市滨江区雀巢大厦二楼"),
    "annual_income": ("7654321.00", "8765432.00"),
    "remark": ("此处备注金丝雀甲", "此处备注金丝雀乙"),
}
FOREIGN_NAMES = ("异地客户金丝雀", "异地监护人", "异地联系人", "异地曾用名")
PARTS = [
    ("identitydocument", {"kind": "passport", "number": "E87654321"}),
    ("contactpoint", {"kind": "mobile", "value": "15455551111"}),
    ("address", {"kind": "home", "text": "临江市城西区秘密巷九号"}),
]
ACCOUNT = "6230876543219999"
PROPOSED = "15488880001"


@pytest.fixture
def world(cast, bank, now):
    found = {}
    for i, (place, code, manager, proposer) in enumerate(
        (("here", "0101", "manager", "teller"), ("there", "0201", "stranger", "stranger_head"))
    ):
        values = {key: pair[i] for key, pair in SECRETS.items()}
        names = (
            {"name": "本地客户"}
            if i == 0
            else {
                "name": FOREIGN_NAMES[0],
                "guardian_name": FOREIGN_NAMES[1],
                "emergency_name": FOREIGN_NAMES[2],
                "former_name": FOREIGN_NAMES[3],
            }
        )
        customer = make_personal(branch=bank[code], manager=cast[manager], occupation="", **values, **names)
        for part, row in PARTS if i == 0 else ():
            add_row(customer=customer, part=part, values=row, actor=None, reason="x")
        make_account(customer=customer, number=ACCOUNT[:-1] + str(i), postings=[(date(2026, 11, 1), 100)])
        request = propose_change(
            customer=customer, proposer=cast[proposer], kind="edit", items={"mobile": PROPOSED if i == 0 else "15488880002"}, reason_code="changed",
            reason_text="换号", evidence=[SimpleUploadedFile("x.pdf", PDF)], base_version=1, now=now,
        )  # fmt: skip
        found[place] = {"customer": customer, "request": request}
    from archives.models import FeedFile, FeedLoad

    load = FeedLoad.objects.create(profile="berka", source="berka", folder="x", created_at=now)
    file = FeedFile.objects.create(load=load, profile="berka", role="postings", name="x", sha256="0" * 64, header="a")
    add_quarter(found, bank=bank, now=now)
    add_hand_overs(found, now=now)
    add_merges(found, now=now, here={key: pair[0] for key, pair in SECRETS.items()}, there={key: pair[1] for key, pair in SECRETS.items()})  # fmt: skip
    hidden = {key: SECRETS[key] for key in ("mobile", "phone", "email", "address", "remark")}
    here, there = ({key: pair[i] for key, pair in hidden.items()} for i in (0, 1))
    add_retention(found, cast, bank, now, here=here, there=there | {"name": FOREIGN_NAMES[0]})
    add_meetings(found, now=now)
    add_analyses(found, now=now)
    add_conduct(found, cast, bank, now)
    mobile = SECRETS["mobile"]
    add_cases(found, cast, bank, now, here={"name": "本地客户", "phone": mobile[0]}, there={"name": FOREIGN_NAMES[0], "phone": mobile[1]})  # fmt: skip
    add_briefings(found, cast, bank, now)
    add_job_run(found, now=now)
    add_duty(found, cast, bank, now)
    add_overview(found, cast, bank, now)
    item = make_item(actor=cast["stranger"], customers=[found["there"]["customer"]], now=now)
    item.customer_links.create(customer=found["here"]["customer"])
    return found | {"load": load, "file": file, "item": item}


EXTRA = [
    "/customers/?q=a", "/customers/?sort=-balance", "/search/?q=本地", "/search/?q=异地", "/inbox/?tab=mine", "/inbox/?tab=decided",
    "/customers/{n}/?section=accounts", "/customers/{n}/?section=changes&older=1", "/customers/{n}/modifications/?on=2030-01-01",
    "/customers/{n}/propose/?part=contactpoint&row=1", "/customers/{n}/propose/?field=mobile",
    "/customers/{n}/?section=life", "/customers/?tier=gold", "/intelligence/?customer={n}", "/intelligence/?q=纺织",
]  # fmt: skip


def walk(client, world):
    """(url, text) of every page and download, here and there, by GET."""
    for place in ("here", "there"):
        for name, _view in matrix():
            url = reverse(name, kwargs=arguments(name, world, place))
            yield url, client.get(url)
        for pattern in EXTRA:
            url = pattern.replace("{n}", world[place]["customer"].number)
            yield url, client.get(url)
        for url in meeting_addresses(world[place]):
            yield url, client.get(url)


def text_of(response) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode("utf-8", "replace") + str(dict(response.headers))


def secrets_here() -> list[str]:
    return (
        [pair[0] for pair in SECRETS.values()]
        + [v for _p, row in PARTS for k, v in row.items() if k != "kind"]
        + [ACCOUNT[:-1] + "0", PROPOSED]
    )


def secrets_there() -> list[str]:
    return [pair[1] for pair in SECRETS.values()] + ["15488880002", ACCOUNT[:-1] + "1"]


@pytest.mark.parametrize(
    "who", ["teller", "manager", "head", "president", "service", "headoffice", "auditor", "admin", "stranger"]
)
def test_no_canary_sings(world, cast, client_of, who, capfd, caplog):
    client, found = client_of(cast[who]), []
    masked = secrets_here() + secrets_there()
    foreign = list(FOREIGN_NAMES) if who in ("teller", "manager", "head", "president", "admin", "auditor") else []
    for url, response in walk(client, world):
        text = text_of(response)
        found += [(url, canary) for canary in masked + foreign if canary in text]
    logged = "".join(capfd.readouterr()) + caplog.text
    found += [("log", canary) for canary in masked + list(FOREIGN_NAMES) + ["本地客户"] if canary in logged]
    assert found == []


def test_a_search_by_a_secret_leaves_none_in_the_log_or_the_address(world, teller, client_of, capfd, caplog):
    client = client_of(teller)
    for kind, value in (
        ("phone", SECRETS["mobile"][0]),
        ("document", SECRETS["id_number"][0]),
        ("account", ACCOUNT[:-1] + "0"),
    ):
        response = client.post("/search/", {"kind": kind, "value": value})
        assert response.status_code == 200 and value not in response.content.decode()
    logged = "".join(capfd.readouterr()) + caplog.text
    assert not any(secret in logged for secret in secrets_here())


def test_the_walk_would_hear_a_canary(world, teller, client_of):
    """The same walk finds the name that a teller may read."""
    assert any("本地客户" in text_of(response) for _url, response in walk(client_of(teller), world))
