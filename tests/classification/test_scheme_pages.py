"""Thresholds: proposed in a table, tried without a trace, decided by a second person of head office."""

import pytest

from archives.classification.schemes import ensure_default_scheme, propose_scheme
from archives.models import Level, Scheme
from crm.lib.dates import Quarter
from crm.staff.roles import Role
from tests.cast import make_user
from tests.classification.rows import make_quarter

PROPOSE = "/classes/thresholds/propose/"
DEFAULTS = {
    "P": [("ordinary", 0), ("active", 5), ("gold", 20), ("platinum", 50), ("diamond", 200), ("private", 600)],
    "C": [("base", 0), ("active_c", 50), ("key", 500), ("core", 3000), ("strategic", 10000)],
}


@pytest.fixture(autouse=True)
def default(db, now):
    ensure_default_scheme(now)


@pytest.fixture
def second(bank):
    return make_user(username="second", role=Role.HEADOFFICE, branch=bank["0000"], name="第二人")


def form(today, **changes) -> dict:
    data = {"valid_from": Quarter.of(today).next.first.isoformat(), "new_customer_days": 30, "held_percent": 30, "reason": "提高门槛"}  # fmt: skip
    for kind, levels in DEFAULTS.items():
        for code, floor in levels:
            data |= {f"floor-{kind}-{code}": floor, f"grace-{kind}-{code}": 1}
    return data | changes


@pytest.fixture
def proposed(headoffice, today, now):
    levels = [
        {"kind": kind, "code": code, "floor_cents": floor * 1_000_000, "grace_quarters": 1}
        for kind, rows in DEFAULTS.items()
        for code, floor in rows
    ]
    values = {"valid_from": Quarter.of(today).next.first, "reason": "试", "new_customer_days": 30, "held_percent": 30}
    return propose_scheme(values=values | {"levels": levels}, actor=headoffice, now=now)


def page_of(scheme) -> str:
    return f"/classes/thresholds/{scheme.version}/"


@pytest.mark.parametrize("who", ["teller", "head", "president", "service", "auditor", "admin"])
def test_only_head_office_proposes(cast, client_of, who, today):
    client = client_of(cast[who])
    assert client.get(PROPOSE).status_code == 403 and client.post(PROPOSE, form(today)).status_code == 403
    assert Scheme.objects.count() == 1


def test_a_proposal_waits_with_its_table(headoffice, client_of, today):
    response = client_of(headoffice).post(PROPOSE, form(today, **{"floor-P-gold": "25.5", "grace-P-private": 3}))
    made = Scheme.objects.get(version=2)
    assert response.status_code == 302 and made.state == "proposed" and made.proposed_by == headoffice
    assert made.levels.get(code="gold").floor_cents == 25_500_000
    assert made.levels.get(code="private").grace_quarters == 3 and made.levels.count() == 11


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"floor-P-ordinary": 1}, "floor-P-ordinary"),
        ({"floor-P-gold": 5}, "floor-P-gold"),
        ({"floor-P-gold": 4}, "floor-P-gold"),
        ({"floor-P-gold": 60}, "floor-P-platinum"),
        ({"floor-P-gold": -20}, "floor-P-gold"),
        ({"floor-P-gold": "viel"}, "floor-P-gold"),
        ({"floor-P-gold": ""}, "floor-P-gold"),
        ({"floor-P-gold": "20.00000001"}, "floor-P-gold"),
        ({"floor-P-gold": "NaN"}, "floor-P-gold"),
        ({"floor-P-private": "1e30"}, "floor-P-private"),
        ({"floor-C-key": 50}, "floor-C-key"),
        ({"grace-P-gold": -1}, "grace-P-gold"),
        ({"grace-P-gold": 99}, "grace-P-gold"),
        ({"valid_from": "2026-11-24"}, "valid_from"),
        ({"valid_from": "2020-01-01"}, "valid_from"),
        ({"valid_from": ""}, "valid_from"),
        ({"held_percent": 0}, "held_percent"),
        ({"new_customer_days": 93}, "new_customer_days"),
        ({"reason": " "}, "reason"),
    ],
)
def test_wrong_input_is_said_at_the_cell_and_writes_nothing(headoffice, client_of, today, change, place):
    response = client_of(headoffice).post(PROPOSE, form(today, **change))
    assert response.status_code == 200 and place in response.context["form"].errors
    assert f'id="f-{place}"' in response.content.decode()
    assert Scheme.objects.count() == 1


def test_what_a_computed_quarter_was_measured_by_does_not_change(headoffice, bank, cast, client_of, today, now):
    make_quarter(bank=bank, cast=cast, now=now, quarter=str(Quarter.of(today)))
    response = client_of(headoffice).post(PROPOSE, form(today, valid_from=Quarter.of(today).first.isoformat()))
    assert response.status_code == 409 and "valid_from" in response.context["form"].errors
    assert Scheme.objects.count() == 1


def tables() -> dict:
    from tests.house.test_matrix import digest

    return digest()


def test_a_simulation_shows_what_would_move_and_writes_nothing(headoffice, bank, cast, client_of, today, now):
    previous = str(Quarter.of(today).previous)
    make_quarter(bank=bank, cast=cast, now=now, quarter=previous)
    client, before = client_of(headoffice), tables()
    response = client.post(PROPOSE, form(today, simulate="1", reason="", **{"floor-P-gold": "31"}))
    trial = response.context["trial"]
    assert response.status_code == 200 and trial.quarter == previous
    assert dict(trial.branches)[bank["0101"].name] == {"same": 1, "down": 1}
    assert [(m.kind, m.ups, m.downs) for m in trial.matrices] == [("P", 0, 1)]
    assert tables() == before and 'value="31"' in response.content.decode()


def test_a_simulation_needs_a_sound_table_too(headoffice, client_of, today):
    response = client_of(headoffice).post(PROPOSE, form(today, simulate="1", **{"floor-P-gold": "3"}))
    assert response.context["trial"] is None and "floor-P-gold" in response.context["form"].errors


def test_the_proposer_does_not_decide(proposed, headoffice, client_of):
    client = client_of(headoffice)
    assert 'value="accept"' not in client.get(page_of(proposed)).content.decode()
    assert client.post(page_of(proposed), {"decision": "accept", "lock": 1}).status_code == 403
    assert Scheme.objects.get(pk=proposed.pk).state == "proposed"


@pytest.mark.parametrize("who", ["head", "president", "service", "auditor"])
def test_others_read_the_version_and_do_not_decide(proposed, cast, client_of, who):
    client = client_of(cast[who])
    assert client.get(page_of(proposed)).status_code == 200
    assert client.post(page_of(proposed), {"decision": "accept", "lock": 1}).status_code == 403
    assert Scheme.objects.get(pk=proposed.pk).state == "proposed"


@pytest.mark.parametrize(("decision", "state"), [("accept", "adopted"), ("reject", "rejected")])
def test_a_second_person_decides(proposed, second, client_of, decision, state):
    form = {"decision": decision, "lock": 1, "comment": "同意"}
    assert client_of(second).post(page_of(proposed), form).status_code == 302
    found = Scheme.objects.get(pk=proposed.pk)
    assert (found.state, found.decided_by, found.comment) == (state, second, "同意")


def test_a_rejection_says_why(proposed, second, client_of):
    response = client_of(second).post(page_of(proposed), {"decision": "reject", "lock": 1, "comment": ""})
    assert "comment" in response.context["form"].errors and Scheme.objects.get(pk=proposed.pk).state == "proposed"


def test_of_two_deciders_one_wins_and_the_other_reads_who_was_first(proposed, second, bank, client_of):
    third = make_user(username="third", role=Role.HEADOFFICE, branch=bank["0000"], name="第三人")
    assert client_of(second).post(page_of(proposed), {"decision": "accept", "lock": 1}).status_code == 302
    response = client_of(third).post(page_of(proposed), {"decision": "reject", "lock": 1, "comment": "不行"})
    assert response.status_code == 409 and "第二人" in response.content.decode()
    assert Scheme.objects.get(pk=proposed.pk).state == "adopted"


@pytest.mark.parametrize("lock", ["", "7", "x"])
def test_a_stale_page_decides_nothing(proposed, second, client_of, lock):
    assert client_of(second).post(page_of(proposed), {"decision": "accept", "lock": lock}).status_code == 409
    assert Scheme.objects.get(pk=proposed.pk).state == "proposed"


def test_only_the_proposer_withdraws(proposed, headoffice, second, client_of):
    client_of(second).post(f"{page_of(proposed)}withdraw/")
    assert Scheme.objects.get(pk=proposed.pk).state == "proposed"
    client_of(headoffice).post(f"{page_of(proposed)}withdraw/")
    assert Scheme.objects.get(pk=proposed.pk).state == "withdrawn"


def test_the_list_tells_who_and_from_when(proposed, teller, client_of):
    page = client_of(teller).get("/classes/thresholds/").content.decode()
    assert "沈国栋" in page and proposed.valid_from.isoformat() in page


def test_a_version_shows_where_it_differs_from_what_holds(proposed, teller, client_of):
    Level.objects.filter(scheme=proposed, code="gold").update(floor_cents=30_000_000)
    tables = client_of(teller).get(page_of(proposed)).context["tables"]
    assert [level.code for _label, levels in tables for level in levels if level.old_floor is not None] == ["gold"]


def test_an_unknown_version_is_404(teller, client_of):
    assert client_of(teller).get("/classes/thresholds/99/").status_code == 404
