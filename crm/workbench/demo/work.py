"""Work in progress for the demo: gaps to fill, requests to decide, decided and returned ones, an absence."""

import random
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from archives.changes.models import Kind, Reason
from archives.changes.proposing import items_of
from archives.changes.services import decide_change, propose_change
from archives.models import ChangeRequest, Customer
from crm.lib.dates import local_day
from crm.lib.refusals import Refused
from crm.staff.models import Absence, User
from crm.staff.roles import Role
from crm.workbench.demo import words
from crm.workbench.demo.people import personal_name

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PER_OUTLET, NAMED = 10, 32
FILLINGS = {
    "email": lambda rng: f"new{rng.randrange(10**6)}@mail.example.com",
    "employer": lambda rng: rng.choice(words.EMPLOYERS),
    "job_title": lambda rng: rng.choice(words.JOBS),
    "occupation": lambda rng: rng.choice("2346"),
    "education": lambda rng: rng.choice(["20", "30", "60"]),
    "marital": lambda rng: rng.choice(["10", "20"]),
    "industry": lambda rng: rng.choice("CFGHI"),
    "emergency_name": lambda rng: personal_name(rng, "1"),
    "risk_level": lambda rng: rng.choice(["C1", "C2", "C3"]),
}
EDITS = {
    "address": (
        Reason.CHANGED,
        "客户搬家，原件已核",
        lambda rng: f"临江市滨江区{rng.choice(words.STREETS)}{rng.randrange(1, 300)}号{rng.choice(words.ESTATES)}",
    ),
    "mobile": (Reason.CHANGED, "客户本人到店，换了手机号", lambda rng: f"154{rng.randrange(10**8):08d}"),
    "employer": (Reason.CUSTOMER, "单位改制更名，客户申请更正", lambda rng: rng.choice(words.EMPLOYERS)),
    "job_title": (Reason.WRONG, "建档时登记有误", lambda rng: rng.choice(words.JOBS)),
}


def make_work(*, rng: random.Random, now: datetime, outlets: list) -> None:
    """Requests by every outlet's tellers; most of the named outlet's wait for `manager`."""
    for outlet in outlets:
        _outlet_work(rng, outlet, now, NAMED if outlet.code == "0101" else PER_OUTLET)
    _absence(now)


def _outlet_work(rng: random.Random, outlet, now: datetime, count: int) -> None:
    proposers = list(User.objects.at(outlet).with_role(Role.TELLER, Role.LOBBY))
    customers = list(
        Customer.objects.filter(branch=outlet, kind="P").exclude(manager=None).order_by("number")[: count * 3]
    )
    made = 0
    for customer in rng.sample(customers, len(customers)):
        if made == count:
            return
        at = now - timedelta(days=rng.choice([0, 0, 1, 1, 2, 4, 6, 9]), hours=rng.randrange(1, 7))
        request = _propose(rng, customer, rng.choice(proposers), at)
        if request is not None:
            made += 1
            if made % 5 in (0, 1):
                _decide(rng, request, min(at + timedelta(hours=5), now), accept=made % 5 == 0)


def _propose(rng: random.Random, customer: Customer, proposer: User, at: datetime) -> ChangeRequest | None:
    gaps = [key for key in customer.missing_keys if key in FILLINGS]
    if gaps:
        kind, code, text = Kind.SUPPLEMENT, Reason.COMPLETED, "柜面办理业务时补充"
        items = {key: FILLINGS[key](rng) for key in gaps[:3]}
    else:
        key = rng.choice(list(EDITS))
        code, text, make = EDITS[key]
        kind, items = Kind.EDIT, {key: make(rng)}
    evidence = [SimpleUploadedFile("客户信息变更申请书.pdf", PDF)] if kind == Kind.EDIT else []
    try:
        return propose_change(
            customer=customer,
            proposer=proposer,
            kind=kind,
            items=items,
            reason_code=code,
            reason_text=text,
            evidence=evidence,
            base_version=customer.version,
            now=at,
        )
    except Refused:
        return None


def _decide(rng: random.Random, request: ChangeRequest, at: datetime, *, accept: bool) -> None:
    choice = ("accept", "") if accept else ("reject", "请补充证明材料后再提交")
    decisions = {item.pk: choice for item in items_of(request)}
    decide_change(request=request, actor=request.assignee, decisions=decisions, now=at)


def _absence(now: datetime) -> None:
    """`colleague` is away next week, `manager` stands in."""
    today = local_day(now)
    colleague, manager = User.objects.get(username="colleague"), User.objects.get(username="manager")
    Absence.objects.create(
        user=colleague,
        deputy=manager,
        starts=today + timedelta(days=6),
        ends=today + timedelta(days=10),
        reason="年休假",
    )
