"""No number, address or document of whoever complains on any page or download of a case; no name for whoever may not read it."""

import pytest

from complaints.cases.codes import State
from complaints.intake.registering import Person, party_of
from complaints.models import Case
from tests.archives import make_personal
from tests.complaints.world import case_at

pytestmark = pytest.mark.django_db
NAMES = ("投诉人金丝雀甲", "档案金丝雀乙")
NUMBERS = ("15400003333", "15400004444", "339901198005178716", "canary@example.com", "金丝雀路一号", "秘密巷九号")
PAGES = ("", "retype/", "supplement/", "party/", "respondents/", "received/", "acknowledgement/", "acknowledgement/print/", "access/", "files/1/")  # fmt: skip


@pytest.fixture
def case(cast, outlet, now) -> Case:
    customer = make_personal(
        branch=outlet, manager=cast["manager"], name=NAMES[1], mobile=NUMBERS[0], address=f"临江市城东区{NUMBERS[4]}"
    )
    people = {"officer": cast["service"], "investigator": cast["president"], "contact": cast["head"]}
    case = case_at(State.ASSIGNED, respondent=outlet, actor=cast["teller"], customer=customer, name="", phone=NUMBERS[1], now=now, **people)  # fmt: skip
    party_of(Person(part="proxy", name=NAMES[0], phone=NUMBERS[1], id_number=NUMBERS[2], email=NUMBERS[3], address=f"临江市{NUMBERS[5]}", authority="授权书"), case).save()  # fmt: skip
    return case


@pytest.mark.parametrize("who", ["teller", "head", "president", "service", "headoffice", "auditor", "colleague", "stranger", "admin"])  # fmt: skip
def test_no_canary_sings(case, cast, client_of, who, capfd, caplog):
    client, sung, opened = client_of(cast[who]), [], 0
    hidden = NUMBERS + (NAMES if who in ("auditor", "colleague", "stranger", "admin") else ())
    for path in [f"/complaints/{case.number}/{page}" for page in PAGES] + [
        f"/complaints/new/?customer={case.customer.number}"
    ]:
        response = client.get(path)
        # The prefilled form shows a colleague of the outlet whom the archive shows anyway.
        own = NAMES if who == "colleague" and "new/" in path else ()
        text = response.content.decode() + str(dict(response.headers))
        opened += response.status_code == 200
        sung += [(path, secret) for secret in hidden if secret in text and secret not in own]
    logged = "".join(capfd.readouterr()) + caplog.text
    sung += [("log", secret) for secret in NUMBERS + NAMES if secret in logged]
    assert sung == [] and (opened >= 2 or who in ("auditor", "colleague", "stranger", "admin"))


def test_a_handler_would_hear_the_name(case, cast, client_of):
    text = client_of(cast["head"]).get(f"/complaints/{case.number}/").content.decode()
    assert all(name in text for name in NAMES)
