"""No complainant's name, telephone, document or address on any list, figure, report or in any file."""

import pytest

from complaints.models import Party
from tests.archives import make_personal
from tests.complaints.overview_world import OVERVIEW_ADDRESSES, open_task
from tests.complaints.world import make_case

NAMES = ("投诉人金丝雀", "档案金丝雀", "代理人金丝雀")
SECRETS = (*NAMES, "15400001111", "15400002222", "339901198005178716", "canary@example.com", "金丝雀路一号")
PAGES = [
    "",
    "board/",
    "numbers/",
    "register/?state=any&format=csv",
    "repeats/",
    "improvements/",
    "reports/",
    "reports/paper/",
]


@pytest.fixture
def birds(bank, cast, now):
    customer = make_personal(
        branch=bank["0101"],
        manager=cast["manager"],
        name=NAMES[1],
        mobile="15400002222",
        address="临江市城东区金丝雀路一号",
    )
    typed = "投诉人金丝雀(15400001111)说:家住金丝雀路"
    for archived in (customer, customer, None):
        case = make_case(
            respondent=bank["0101"],
            actor=cast["teller"],
            customer=archived,
            name="" if archived else NAMES[0],
            phone="15400001111",
            facts=typed,
            demand=typed,
        )
        Party.objects.create(
            case=case,
            part="proxy",
            name=NAMES[2],
            phone="15400002222",
            id_number="339901198005178716",
            email="canary@example.com",
            address="临江市城东区金丝雀路一号",
        )
        if archived:
            Party.objects.filter(case=case, part="complainant").update(name=NAMES[0])
    return open_task(branch=bank["0101"], owner=cast["head"], actor=cast["head"], now=now)


@pytest.mark.parametrize("who", ["teller", "head", "president", "service", "headoffice", "auditor", "stranger_head"])
def test_no_canary_sings(birds, cast, client_of, who):
    client = client_of(cast[who])
    urls = (
        [f"/complaints/{page}" for page in PAGES] + OVERVIEW_ADDRESSES + [f"/complaints/improvements/{birds.number}/"]
    )
    sung, opened = [], 0
    for url in urls:
        response = client.get(url)
        opened += response.status_code == 200
        body = b"".join(response.streaming_content) if response.streaming else response.content
        sung += [(url, secret) for secret in SECRETS if secret in body.decode("utf-8", "replace")]
    for typed in ("15400001111", "15400002222"):
        text = client.post("/complaints/", {"q": typed}).content.decode()
        sung += [("search", secret) for secret in SECRETS if secret in text]
    assert sung == [] and opened >= 6
