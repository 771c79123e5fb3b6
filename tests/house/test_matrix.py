"""The permission matrix, generated from the URLs: URL × role × own or other branch × method.

What a view declares (`required_permissions`) and the scope of the object decide; nothing else does.
"""

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from archives.changes.services import propose_change
from archives.models import Customer, FeedFile, FeedLoad
from crm.jobs.models import JobRun
from crm.notifications.models import Notice
from crm.staff.models import Absence, User
from crm.staff.roles import Scope
from tests.archives import make_item, make_personal
from tests.complaints import conduct_world as conduct
from tests.complaints import duty_world as duty
from tests.complaints import overview_world as overview
from tests.complaints.briefings_world import (
    BRIEFING_BANKWIDE,
    BRIEFING_SCOPED,
    add_briefings,
    briefing_arguments,
)
from tests.complaints.case_world import CASE_POST_ONLY, CASE_SCOPED, SEES, add_cases, case_arguments
from tests.complaints.clocks_world import CLOCKS_GET_ONLY, CLOCKS_TYPED
from tests.complaints.handling_world import HANDLING_GET_ONLY
from tests.complaints.intake_world import INTAKE_GET_ONLY
from tests.complaints.outcome_world import OUTCOME_GET_ONLY
from tests.house.class_world import CLASS_GET_ONLY, CLASS_POST_ONLY, CLASS_SCOPED, add_quarter, class_arguments
from tests.house.test_doors import views
from tests.retention import worlds as retention
from tests.reviews.analysis_world import ANALYSIS_SCOPED, add_analyses, analysis_arguments
from tests.reviews.monthly_world import MEETING_POST_ONLY, MEETING_SCOPED, add_meetings, meeting_arguments
from tests.stewardship.hand_over_world import (
    HAND_OVER_POST_ONLY,
    HAND_OVER_SCOPED,
    add_hand_overs,
    hand_over_arguments,
)
from tests.stewardship.merge_world import MERGE_SCOPED, add_merges, merge_arguments

PDF = b"%PDF-1.4\n%%EOF\n"
OPEN_TO_ALL = "everybody"
# Pages that hold one object of a branch, by the names of their URL arguments.
SCOPED = {"customers:reveal", "customers:access", "changes:propose", "changes:supplement", "changes:record", "changes:detail", "changes:withdraw", "changes:resubmit", "changes:evidence", "changes:reveal", "workbench:customer", "classification:override", "classification:end_override", *CLASS_SCOPED, *retention.SCOPED, *ANALYSIS_SCOPED, *MEETING_SCOPED, *HAND_OVER_SCOPED, *MERGE_SCOPED, *BRIEFING_SCOPED, *duty.SCOPED, *conduct.CONDUCT_SCOPED, *overview.OVERVIEW_SCOPED}  # fmt: skip
OWN = {"staff:cancel_absence", "notifications:read", "notifications:open"}  # one's own rows: 404 for anybody else
POST_ONLY = {"jobs:run", "jobs:again", "customers:reveal", "changes:reveal", "changes:withdraw", "changes:decide_many", "intelligence:confirm", "classification:release", "classification:end_override", "classification:withdraw_scheme", *CLASS_POST_ONLY, *retention.POST_ONLY, *MEETING_POST_ONLY, *HAND_OVER_POST_ONLY, *CASE_POST_ONLY, *duty.POST_ONLY, *conduct.CONDUCT_POST_ONLY, *overview.OVERVIEW_POST_ONLY}  # fmt: skip
GET_ONLY = {"notifications:list", "privacy:log", "classification:runs", "classification:run", "classification:customers", "classification:schemes", *CLASS_GET_ONLY, *HANDLING_GET_ONLY, *OUTCOME_GET_ONLY, *INTAKE_GET_ONLY, *CLOCKS_GET_ONLY, *duty.GET_ONLY, *conduct.CONDUCT_GET_ONLY, *overview.OVERVIEW_GET_ONLY}  # fmt: skip
# Runs and versions of the whole bank: what is shown of them follows the reader's scope.
BANK_WIDE = {"classification:run", "classification:customers", "classification:release", "classification:scheme", "classification:withdraw_scheme"}  # fmt: skip
# Objects of the whole bank: whoever holds the permission reads them all.
BANKWIDE = {"jobs:job", "jobs:run", "jobs:again", "feeds:load", "feeds:refused", "intelligence:detail", "intelligence:correct", "intelligence:confirm", "intelligence:delete", "intelligence:file", *overview.LOAD_BANKWIDE, *BRIEFING_BANKWIDE, *conduct.CONDUCT_BANKWIDE}  # fmt: skip
SKIPPED = {"staff:logout", "staff:login", "staff:must_change", "set_language", "csp-report", "healthz", "readyz"}


@pytest.fixture
def world(cast, bank, now, today):
    """A customer with a request and evidence here and there, a load, notices, absences."""
    found = {}
    for place, code, manager, proposer in (
        ("here", "0101", "manager", "teller"),
        ("there", "0201", "stranger", "stranger_head"),
    ):
        customer = make_personal(branch=bank[code], manager=cast[manager], occupation="", name=f"客户{code}")
        request = propose_change(
            customer=customer, proposer=cast[proposer], kind="edit", items={"name": f"新名{code}"}, reason_code="wrong", reason_text="建档时写错",
            evidence=[SimpleUploadedFile("证件.pdf", PDF)], base_version=1, now=now,
        )  # fmt: skip
        found[place] = {"customer": customer, "request": request}
    load = FeedLoad.objects.create(profile="berka", source="berka", folder="x", created_at=now)
    file = FeedFile.objects.create(load=load, profile="berka", role="postings", name="x", sha256="0" * 64, header="a;b")
    for user in User.objects.all():
        Absence.objects.create(
            user=user, deputy=cast["head"] if user != cast["head"] else cast["manager"], starts=today, ends=today
        )
        Absence.objects.all().delete()
        Notice.objects.create(recipient=user, kind="calendar-missing", created_at=now)
    add_quarter(found, bank=bank, now=now)
    add_hand_overs(found, now=now)
    add_merges(found, now=now)
    retention.add_retention(found, cast, bank, now)
    add_analyses(found, now=now)
    add_job_run(found, now=now)
    add_meetings(found, now=now)
    add_cases(found, cast, bank, now)
    add_briefings(found, cast, bank, now)
    conduct.add_conduct(found, cast, bank, now)
    duty.add_duty(found, cast, bank, now)
    overview.add_overview(found, cast, bank, now)
    item = make_item(actor=cast["teller"], customers=[found["here"]["customer"]], now=now)
    return found | {"load": load, "file": file, "item": item}


def add_job_run(found: dict, *, now) -> None:
    found["run"] = JobRun.objects.create(job="change-reminders", period="2026-11-24", created_at=now)


def job_arguments(world: dict) -> dict:
    return {
        "jobs:job": {"name": "change-reminders"},
        "jobs:run": {"name": "change-reminders"},
        "jobs:again": {"pk": world["run"].pk},
    }


def arguments(name: str, world: dict, place: str) -> dict | None:
    customer, request = world[place]["customer"], world[place]["request"]
    known = {
        "customers:reveal": {"number": customer.number}, "customers:access": {"number": customer.number},
        "changes:propose": {"number": customer.number}, "changes:supplement": {"number": customer.number},
        "changes:record": {"number": customer.number}, "workbench:customer": {"number": customer.number},
        "changes:detail": {"number": request.number}, "changes:withdraw": {"number": request.number},
        "changes:resubmit": {"number": request.number}, "changes:reveal": {"number": request.number},
        "changes:evidence": {"number": request.number, "pk": request.evidence.get().pk},
        "intelligence:file": {"number": world["item"].number, "pk": world["item"].files.get().pk},
        **{f"intelligence:{page}": {"number": world["item"].number} for page in ("detail", "correct", "confirm", "delete")},
        "feeds:load": {"pk": world["load"].pk}, "feeds:refused": {"pk": world["load"].pk, "file": world["file"].pk},
    }  # fmt: skip
    return (
        known
        | class_arguments(customer)
        | retention.retention_arguments(world[place])
        | analysis_arguments(world[place])
        | job_arguments(world)
        | meeting_arguments(world[place])
        | hand_over_arguments(customer, place)
        | merge_arguments(world[place])
        | case_arguments(world[place])
        | briefing_arguments(world, place)
        | overview.overview_arguments(world[place])
        | conduct.conduct_arguments(world[place])
        | duty.duty_arguments(world[place])
    ).get(name, {})


def matrix():
    return [
        (name, view)
        for name, _route, view in views()
        if ":" in name and not name.startswith("admin:") and name not in SKIPPED | OWN
    ]


def in_scope(user: User, customer: Customer) -> bool:
    scope = user.scope
    if scope == Scope.SUBTREE:
        return customer.branch.path.startswith(user.branch.path)
    return scope == Scope.ALL or (scope == Scope.OWN and customer.branch_id == user.branch_id)


def expected(name: str, view, user: User, customer: Customer, method: str, place: str) -> set[int]:
    if not user.has_perms(view.required_permissions or ()):
        return {403}
    if name in {"get": POST_ONLY, "post": GET_ONLY}[method]:
        return {405}
    if name in CASE_SCOPED:
        return {200, 302, 400, 403, 409} if user.username in SEES[place] else {404}
    if name in SCOPED and not in_scope(user, customer):
        return {404}
    if name in duty.SCOPED | CLOCKS_TYPED:
        return {200, 302, 400, 403, 409}  # 400: nothing was typed
    return {200, 302, 400, 403, 409}


@pytest.mark.parametrize(
    "who",
    [
        "teller",
        "manager",
        "colleague",
        "lobby",
        "head",
        "stranger",
        "president",
        "service",
        "headoffice",
        "auditor",
        "admin",
    ],
)
@pytest.mark.parametrize("place", ["here", "there"])
def test_the_matrix_holds(world, cast, client_of, who, place):
    user, client, wrong = cast[who], client_of(cast[who]), []
    for name, view in matrix():
        url = reverse(name, kwargs=arguments(name, world, place))
        for method in ("get", "post"):
            status = getattr(client, method)(url).status_code
            wanted = expected(name, view, user, world[place]["customer"], method, place)
            if status not in wanted:
                wrong.append((name, method, status, wanted))
    assert wrong == []


def test_every_url_with_an_argument_is_in_the_matrix(world):
    """A new page with an object in its address must be entered above, or the matrix would not test it."""
    with_arguments = {
        name for name, route, _view in views() if "<" in route and ":" in name and not name.startswith("admin:")
    }
    assert with_arguments - SCOPED - CASE_SCOPED - OWN - SKIPPED - BANKWIDE - BANK_WIDE == set()


def test_without_signing_in_every_door_is_closed(world, client):
    for name, _view in matrix():
        url = reverse(name, kwargs=arguments(name, world, "here"))
        for method in ("get", "post"):
            response = getattr(client, method)(url)
            assert response.status_code in (302, 405) and (
                response.status_code == 405 or "/sign-in/" in response.url
            ), name


def digest() -> dict:
    """Number of rows and their content of every table of ours, but audit, session and sign-in."""
    kept = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if (
                table.startswith(
                    ("archives_", "staff_", "notifications_", "jobs_", "workdays_", "complaints_", "care_")
                )
                and table != "staff_loginsession"
            ):
                cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
                kept[table] = hash(repr(cursor.fetchall()))
    return kept


def test_reading_changes_nothing_but_audit_and_session(world, cast, client_of):
    client = client_of(cast["manager"])
    before = digest()
    for name, _view in matrix():
        client.get(reverse(name, kwargs=arguments(name, world, "here")))
    assert digest() == before
    assert Session.objects.exists()


@pytest.mark.parametrize("name", ["head", "president", "headoffice", "admin"])
def test_a_right_that_is_taken_away_is_gone_with_the_next_click(cast, world, client_of, name):
    client = client_of(cast[name])
    cast[name].role_grants.all().delete()
    assert client.get("/customers/").status_code == 403


def test_headers_stand_on_every_answer(world, cast, client_of):
    client = client_of(cast["manager"])
    for name, _view in matrix():
        response = client.get(reverse(name, kwargs=arguments(name, world, "there")))
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy, name
        assert "no-store" in response["Cache-Control"], name
        assert (response["X-Frame-Options"], response["X-Content-Type-Options"]) == ("DENY", "nosniff"), name
        assert response["Permissions-Policy"] and response["Referrer-Policy"] == "same-origin", name
