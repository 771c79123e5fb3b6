"""Solution, redress, apology, answer, rework: through the pages, refused at each field, nothing lost."""

from datetime import timedelta

import pytest
from django.urls import reverse

from complaints.cases.codes import Finding, State
from complaints.clocks.services import start_clocks
from complaints.handling import redressing, replying
from complaints.handling.letters import shipped, unnamed_remedies
from complaints.handling.limits import may_grant, redress_limit
from complaints.models import Apology, Case, Investigation, Redress, Reply, Resolution
from crm.lib.dates import SHANGHAI, local_day
from crm.lib.refusals import NotYours, Refused, TooLate
from crm.notifications.models import Notice
from crm.staff.roles import Role
from tests.complaints.outcome_cases import TEXTS, prints, ready
from tests.complaints.world import case_at

pytestmark = pytest.mark.django_db


def url(page, case, *args):
    return reverse(f"complaints:{page}", args=[case.number, *args])


def post(client, page, case, *args, **data):
    return client.post(url(page, case, *args), {"version": case.version} | data)


def says(answer) -> str:
    return answer.content.decode()


# The way of every page: right role, wrong role, stranger, stale, bad input


def test_the_investigator_decides_the_solution(cast, outlet, now, client_of):
    case = ready(cast, outlet, State.FOUND, now=now)
    client = client_of(cast["president"])
    assert "经查属实" in says(client.get(url("solution", case)))
    answer = post(client, "solution", case, text="退还手续费并致歉")
    assert answer.status_code == 302 and answer.url.endswith("#outcome")
    case.refresh_from_db()
    assert (case.state, Resolution.objects.get().text) == ("planned", "退还手续费并致歉")
    post(client, "solution", case, text="退还手续费\n另赠礼品")
    assert Resolution.objects.get().text == "退还手续费\n另赠礼品"


PAGES = {
    "solution": (State.FOUND, "president", {"text": "退还"}),
    "redress": (State.PLANNED, "head", {"kind": "refund", "amount": "20", "reason": "多收手续费"}),
    "apology": (State.PLANNED, "head", {"means": "visit", "reaction": "forgiven", "note": "登门道歉"}),
    "reply": (State.PLANNED, "president", TEXTS | {"means": "letter"}),
    "rework": (State.REPLIED, "service", {"reason": "证据不足"}),
    "close": (State.REPLIED, "service", {}),
}


def filled(page, cast, case, now):
    values = dict(PAGES[page][2])
    if page == "apology":
        values |= {"by": cast["head"].pk, "at": now.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")}
    return values


@pytest.mark.parametrize("page", PAGES)
def test_the_right_person_takes_the_step_and_nobody_else(page, cast, outlet, now, client_of):
    state, right, _values = PAGES[page]
    case = ready(cast, outlet, state, now=now)
    values = filled(page, cast, case, now)
    before = prints(case)
    for who, status in (("stranger", 404), ("colleague", 404), ("auditor", 403), ("teller", 403), ("admin", 403)):
        client = client_of(cast[who])
        assert client.get(url(page, case)).status_code == status, who
        assert post(client, page, case, **values).status_code == status, who
    assert prints(case) == before
    assert post(client_of(cast[right]), page, case, **values).status_code == 302
    assert prints(case) != before


@pytest.mark.parametrize("page", PAGES)
def test_a_stale_page_is_told_who_was_first_and_keeps_what_was_typed(page, cast, outlet, now, client_of):
    state, right, _values = PAGES[page]
    case = ready(cast, outlet, state, now=now)
    values = filled(page, cast, case, now)
    before = prints(case)
    client = client_of(cast[right])
    answer = client.post(url(page, case), values | {"version": case.version - 1})
    assert answer.status_code == 409 and ("was first" in says(answer) or "先" in says(answer))
    assert all(value in says(answer) for key, value in values.items() if key in ("text", "reason", "note", "facts"))
    assert f'name="version" value="{case.version}"' in says(answer)  # the next try is about the case as it is
    assert prints(case) == before
    for version in ("", "x", "-1", "9" * 30):
        assert client.post(url(page, case), values | {"version": version}).status_code == 409


@pytest.mark.parametrize("page", PAGES)
def test_a_step_that_is_not_possible_now_says_so(page, cast, outlet, now, client_of):
    _state, right, _values = PAGES[page]
    case = ready(cast, outlet, State.INVESTIGATING, now=now)
    before = prints(case)
    client = client_of(cast[right])
    assert client.get(url(page, case)).status_code == 302
    assert post(client, page, case, **filled(page, cast, case, now)).status_code == 409
    assert prints(case) == before


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ("solution", {"text": " \n "}),
        ("solution", {"text": "字" * 2001}),
        ("redress", {"amount": "-1"}),
        ("redress", {"amount": "0"}),
        ("redress", {"amount": "0.001"}),
        ("redress", {"amount": "NaN"}),
        ("redress", {"amount": "9999999999"}),
        ("redress", {"kind": "x"}),
        ("redress", {"reason": " "}),
        ("apology", {"by": ""}),
        ("apology", {"by": "999999"}),
        ("apology", {"at": "2999-01-01T10:00"}),
        ("apology", {"at": "2001-01-01T10:00"}),
        ("apology", {"at": "gestern"}),
        ("apology", {"reaction": "x"}),
        ("apology", {"means": ""}),
        ("reply", {"facts": ""}),
        ("reply", {"basis": " "}),
        ("reply", {"decision": "无"}),
        ("reply", {"remedies": "可申请核查、调解、仲裁。"}),
        ("reply", {"means": "pigeon"}),
        ("rework", {"reason": ""}),
    ],
)
def test_bad_input_changes_nothing_and_stays_in_the_form(page, wrong, cast, outlet, now, client_of):
    state, right, _values = PAGES[page]
    case = ready(cast, outlet, state, now=now)
    values = filled(page, cast, case, now)
    before = prints(case)
    answer = post(client_of(cast[right]), page, case, **values | wrong)
    assert answer.status_code in (200, 409) and "is-invalid" in says(answer)
    kept = [value for key, value in values.items() if key in ("text", "reason", "note", "facts", "decision") and key not in wrong]  # fmt: skip
    assert all(value in says(answer) for value in kept)
    assert prints(case) == before


# Redress


@pytest.mark.parametrize(
    ("role", "cents", "may"),
    [
        (Role.HEAD, 50_000, True), (Role.HEAD, 50_001, False), (Role.PRESIDENT, 500_000, True),
        (Role.PRESIDENT, 500_001, False), (Role.SERVICE, 2_000_000, True), (Role.SERVICE, 2_000_001, False),
        (Role.HEADOFFICE, 10**12, True), (Role.TELLER, 0, False), (Role.AUDITOR, 0, False),
    ],
)  # fmt: skip
def test_limits_by_role(role, cents, may):
    assert may_grant([role], cents) == may


def test_the_widest_of_several_roles_counts():
    assert redress_limit([Role.HEAD, Role.PRESIDENT]) == 500_000
    assert redress_limit([Role.HEAD, Role.HEADOFFICE]) is None and redress_limit([]) == -1


def proposed(case, cast, now, cents=20_000, by="head"):
    return redressing.propose_redress(case=case, actor=cast[by], now=now, kind="compensation", amount_cents=cents, reason="补偿误工")  # fmt: skip


@pytest.mark.parametrize(("cents", "told"), [(50_000, "president"), (500_001, "service"), (2_000_001, "headoffice")])
def test_the_nearest_approver_is_told(cents, told, cast, outlet, now):
    proposed(ready(cast, outlet, State.PLANNED, now=now), cast, now, cents)
    assert Notice.objects.get(kind="redress-proposed").recipient == cast[told]


def test_one_other_person_decides_within_their_limit(cast, outlet, now, client_of):
    case = ready(cast, outlet, State.PLANNED, now=now)
    small, large = proposed(case, cast, now), proposed(case, cast, now, 600_000)
    with pytest.raises(NotYours):
        redressing.decide_redress(case=case, redress=small, actor=cast["head"], now=now, granted=True)
    for row, who, status in ((large, "president", 403), (small, "president", 302), (large, "service", 302)):
        case.refresh_from_db()
        answer = post(client_of(cast[who]), "decide_redress", case, row.pk, granted="yes", comment="")
        assert answer.status_code == status, (row, who)
    rows = {row.pk: (row.decided_by, row.granted) for row in Redress.objects.all()}
    assert rows == {small.pk: (cast["president"], True), large.pk: (cast["service"], True)}
    assert Notice.objects.filter(kind="redress-decided", recipient=cast["head"]).count() == 2


def test_a_refusal_needs_its_reason_and_a_second_decision_comes_too_late(cast, outlet, now, client_of):
    case = ready(cast, outlet, State.PLANNED, now=now)
    row = proposed(case, cast, now)
    client = client_of(cast["president"])
    assert post(client, "decide_redress", case, row.pk, granted="no", comment=" ").status_code == 409
    assert post(client, "decide_redress", case, row.pk, granted="no", comment="与先例不符").status_code == 302
    case.refresh_from_db()
    with pytest.raises(TooLate):
        redressing.decide_redress(case=case, redress=row, actor=cast["service"], now=now, granted=True)
    row.refresh_from_db()
    assert (row.granted, row.comment) == (False, "与先例不符")


def test_a_redress_of_another_case_is_not_found_here(cast, outlet, now, client_of):
    case, other = (ready(cast, outlet, State.PLANNED, now=now) for _n in range(2))
    row = proposed(other, cast, now)
    assert post(client_of(cast["service"]), "decide_redress", case, row.pk, granted="yes").status_code == 404


def test_payment_is_noted_once_after_the_decision(cast, outlet, now, client_of):
    case = ready(cast, outlet, State.PLANNED, now=now)
    row = proposed(case, cast, now)
    with pytest.raises(Refused):
        redressing.note_payment(case=case, redress=row, actor=cast["head"], now=now, paid_on=local_day(now))
    redressing.decide_redress(case=case, redress=row, actor=cast["president"], now=now, granted=True)
    client = client_of(cast["head"])
    for wrong in ("", "2001-01-01", "2999-01-01", "x"):
        assert post(client, "pay_redress", case, row.pk, paid_on=wrong).status_code in (200, 409)
    assert post(client, "pay_redress", case, row.pk, paid_on=f"{local_day(now)}").status_code == 302
    case.refresh_from_db()
    assert post(client, "pay_redress", case, row.pk, paid_on=f"{local_day(now)}").status_code == 409
    assert Redress.objects.get().paid_on == local_day(now)


def test_like_cases_are_shown_beside_it(cast, outlet, now, client_of):
    for cents, days in ((10_000, 10), (30_000, 300), (90_000, 400)):
        other = ready(cast, outlet, State.PLANNED, now=now - timedelta(days=days))
        row = proposed(other, cast, now - timedelta(days=days), cents)
        redressing.decide_redress(case=other, redress=row, actor=cast["service"], now=now - timedelta(days=days), granted=True)  # fmt: skip
    case = ready(cast, outlet, State.PLANNED, now=now)
    found = redressing.similar(case, now)
    assert (found.count, found.median_cents, found.highest_cents) == (2, 20_000, 30_000)
    assert "100.00" in says(client_of(cast["head"]).get(url("redress", case)))
    Case.objects.filter(pk=case.pk).update(cause=None)
    case.refresh_from_db()
    assert redressing.similar(case, now).count == 0


# Apology


@pytest.mark.parametrize("code", ["diamond", "private"])
def test_the_head_goes_in_person_to_the_highest_classes(code, cast, outlet, now, client_of):
    case = ready(cast, outlet, State.PLANNED, now=now, class_code=code)
    client, values = client_of(cast["head"]), filled("apology", cast, case, now)
    Apology.objects.all().delete()
    for wrong in ({"means": "phone"}, {"by": cast["teller"].pk}):
        answer = post(client, "apology", case, **values | {"note": ""} | wrong)
        assert answer.status_code == 409 and not Apology.objects.exists()
    assert post(client, "apology", case, **values | {"note": ""}).status_code == 302
    case.refresh_from_db()
    assert (
        post(client, "apology", case, **values | {"means": "phone", "note": "客户在外地,要求电话"}).status_code == 302
    )
    assert case.apologised_at is not None


@pytest.mark.parametrize(("level", "key"), [("ordinary", "apology-ordinary"), ("complex", "apology-complex"), ("major", "apology-major")])  # fmt: skip
def test_the_words_follow_the_severity(level, key, cast, outlet, now, client_of):
    case = ready(cast, outlet, State.PLANNED, now=now, level=level)
    text = next(row["text"] for row in shipped()["templates"] if row["key"] == key)
    piece = text.split("{outlet}")[0][-12:]
    assert piece in says(client_of(cast["head"]).get(url("apology", case)))
    paper = says(client_of(cast["head"]).get(url("apology_letter", case)))
    assert piece in paper and "王建国" in paper and case.number in paper
    assert "王建国" not in says(client_of(cast["auditor"]).get(url("apology_letter", case)))


# Answer


def test_the_answer_is_prefilled_and_its_preview_sends_nothing(cast, outlet, now, client_of):
    case = ready(cast, outlet, State.PLANNED, now=now)
    parts = replying.prefilled(case)
    assert parts["facts"] == Investigation.objects.get().facts and parts["decision"] == Resolution.objects.get().text
    assert unnamed_remedies(parts["remedies"]) == [] and "{" not in parts["remedies"] and parts["basis"]
    client = client_of(cast["president"])
    assert parts["remedies"] in says(client.get(url("reply", case)))
    before = prints(case)
    answer = post(client, "reply", case, **TEXTS, means="letter", step="preview")
    assert answer.status_code == 200 and says(answer).count(TEXTS["decision"]) == 2
    wrong = TEXTS | {"remedies": "可申请核查"}
    answer = post(client, "reply", case, **wrong, means="letter", step="preview")
    assert answer.status_code == 409 and says(answer).count(TEXTS["decision"]) == 1
    assert prints(case) == before


@pytest.mark.parametrize("finding", Finding)
def test_each_finding_has_its_template(finding, cast, outlet, now):
    case = ready(cast, outlet, State.PLANNED, now=now, finding=finding)
    key = {"yes": "reply-at-fault", "partly": "reply-partly", "no": "reply-not-at-fault"}[finding]
    basis = next(row["basis"] for row in shipped()["templates"] if row["key"] == key)
    assert replying.prefilled(case)["basis"] == basis


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("核查、调解、仲裁、诉讼", []),
        ("核查、调解、仲裁，或向法院起诉", []),
        ("You may ask for a review, mediation, Arbitration or a lawsuit.", []),
        ("核查、调解、仲裁", ["lawsuit"]),
        ("", ["review", "mediation", "arbitration", "lawsuit"]),
    ],
)
def test_remedies_name_all_four_ways(text, missing):
    assert unnamed_remedies(text) == missing


def test_several_answers_are_given_and_the_last_counts(cast, outlet, now):
    case = ready(cast, outlet, State.PLANNED, now=now - timedelta(days=1))
    replying.send_reply(case=case, actor=cast["president"], now=now - timedelta(hours=5), parts=TEXTS, means="letter")
    replying.send_reply(case=case, actor=cast["service"], now=now, parts=TEXTS | {"decision": "更正:退还十元"}, means="phone")  # fmt: skip
    assert (case.state, case.replied_at, Reply.objects.count()) == ("replied", now, 2)
    assert replying.prefilled(case)["decision"] == "更正:退还十元"


@pytest.mark.parametrize(("days", "late"), [(14, False), (16, True)])
def test_an_answer_after_the_statutory_day_is_marked_late(days, late, cast, outlet, now):
    began = now - timedelta(days=days)
    case = case_at(State.PLANNED, respondent=outlet, actor=cast["teller"], officer=cast["service"], investigator=cast["president"], contact=cast["head"], now=began)  # fmt: skip
    start_clocks(case=case, now=began)
    made = replying.send_reply(case=case, actor=cast["president"], now=now, parts=TEXTS, means="letter")
    assert made.is_late == late


def test_the_letter_shows_the_name_to_those_who_may_read_it(cast, outlet, now, client_of):
    case = ready(cast, outlet, State.PLANNED, now=now)
    row = replying.send_reply(case=case, actor=cast["president"], now=now, parts=TEXTS, means="letter")
    paper = says(client_of(cast["service"]).get(url("letter", case, row.pk)))
    assert "王建国" in paper and all(text in paper for text in TEXTS.values())
    assert "王建国" not in says(client_of(cast["auditor"]).get(url("letter", case, row.pk)))
    assert client_of(cast["auditor"]).get(url("letter_pdf", case, row.pk)).status_code == 403
    assert client_of(cast["stranger"]).get(url("letter", case, row.pk)).status_code == 404
    assert client_of(cast["service"]).get(url("letter_pdf", case, row.pk)).status_code == 404  # none was filed


@pytest.mark.pango
def test_the_letter_is_filed_once_as_pdf(cast, outlet, now, client_of):
    case = ready(cast, outlet, State.PLANNED, now=now)
    client = client_of(cast["president"])
    assert post(client, "reply", case, **TEXTS, means="letter").status_code == 302
    row = Reply.objects.get()
    content = b"".join(client.get(url("letter_pdf", case, row.pk)).streaming_content)
    assert content.startswith(b"%PDF-") and row.document_sha256
    name = row.document.name
    assert client.post(url("letter_file", case, row.pk)).status_code == 302
    row.refresh_from_db()
    assert row.document.name == name


def test_every_look_at_a_case_is_logged(cast, outlet, now, client_of):
    from crm.privacy.models import AccessEvent

    case = ready(cast, outlet, State.PLANNED, now=now)
    row = replying.send_reply(case=case, actor=cast["president"], now=now, parts=TEXTS, means="letter")
    client = client_of(cast["service"])
    seen = AccessEvent.objects.filter(object_type="case", object_id=case.pk, action="view")
    for n, address in enumerate([url("reply", case), url("letter", case, row.pk), url("apology_letter", case)], 1):
        client.get(address)
        assert seen.count() == n
    client_of(cast["stranger"]).get(url("reply", case))
    assert AccessEvent.objects.filter(object_id=case.pk, action="denied").count() == 1


# Rework


def test_returned_the_report_opens_again_and_the_signed_one_is_kept(cast, outlet, now, client_of):
    case = ready(cast, outlet, now=now)
    apologised = case.apologised_at
    post(client_of(cast["service"]), "rework", case, reason="请补充录像")
    case.refresh_from_db()
    assert (case.state, case.finding, case.replied_at, case.apologised_at) == ("investigating", "", None, apologised)
    old, new = Investigation.objects.order_by("pk")
    assert old.returned_at and old.signed_at and (new.signed_at, new.facts) == (None, old.facts)
    assert Reply.objects.count() == 1 and case.events.last().reason == "请补充录像"
    assert Notice.objects.get(kind="case-returned").recipient == cast["president"]
