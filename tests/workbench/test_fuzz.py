"""Odd addresses and odd posts are answered, never an error; the auditor reads nobody's name."""

import pytest

from tests.archives import make_personal

ODD = [
    "",
    "\0",
    "%",
    "-1",
    "9" * 400,
    "x:y",
    "李",
    "'\"<",
    "name,-id",
    "None",
    "[]",
    "🙂" * 50,
    "9" * 25,
    "-balance",
    "--name",
]
PARAMETERS = {
    "/customers/": "q kind status branch manager completeness gap expiring tab sort size after before",
    "/search/": "q",
    "/inbox/": "tab after before",
    "/customers/{number}/": "section timeline older after before",
}


@pytest.mark.parametrize("url", PARAMETERS)
def test_odd_parameters_are_never_an_error(manager, outlet, client_of, url):
    customer, client = make_personal(branch=outlet), client_of(manager)
    for parameter in PARAMETERS[url].split():
        for value in ODD:
            response = client.get(url.format(number=customer.number), {parameter: value})
            assert response.status_code == 200, (parameter, value)


@pytest.mark.parametrize("kind", ["phone", "document", "account"])
def test_odd_numbers_posted_are_never_an_error(manager, client_of, kind):
    client = client_of(manager)
    for value in ODD:
        assert client.post("/search/", {"kind": kind, "value": value}).status_code in (200, 302), value


@pytest.mark.parametrize("number", ["9" * 300, "%00", "李", "abc"])
def test_an_odd_customer_number_is_not_found(manager, client_of, number):
    assert client_of(manager).get(f"/customers/{number}/").status_code == 404


def test_the_auditor_reads_no_name_and_no_number(auditor, outlet, client_of):
    customer, client = make_personal(branch=outlet, name="单雄信", mobile="15400004021"), client_of(auditor)
    for url in ("/", "/customers/", "/search/?q=shan", f"/customers/{customer.number}/"):
        page = client.get(url).content.decode()
        assert "单雄信" not in page and "15400004021" not in page, url
