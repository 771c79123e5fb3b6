"""What the permission matrix and the canaries meet on the pages from the solution on: a row of each, here and there."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from complaints.models import Redress, Reply, Review, Transfer

PLAIN = {
    "solution", "settle", "redress", "apology", "apology_letter", "reply", "rework", "close", "call_back", "reopen",
    "ask_review", "withdraw", "merge", "pass_on", "take_in", "new_facts", "dispute", "file_case",
}  # fmt: skip
ROWS = {
    "decide_redress": "outcome_redress", "pay_redress": "outcome_redress", "letter": "outcome_reply",
    "letter_pdf": "outcome_reply", "letter_file": "outcome_reply", "decide_review": "outcome_review",
    "note_answer": "outcome_transfer",
}  # fmt: skip
OUTCOME_SCOPED = {f"complaints:{name}" for name in PLAIN | set(ROWS)}
OUTCOME_POST_ONLY = {"complaints:letter_file"}
OUTCOME_GET_ONLY = {"complaints:letter", "complaints:letter_pdf", "complaints:apology_letter", "complaints:follow_up"}


def add_outcomes(found: dict, cast: dict, now) -> None:
    """Into `found[place]`: a redress, an answer with its paper, a review, a transfer of the place's case."""
    for place, by in (("here", cast["head"]), ("there", cast["stranger_head"])):
        world, one = found[place], {"case": found[place]["case"], "round": 1}
        world["outcome_redress"] = Redress.objects.create(**one, kind="refund", amount_cents=20_000, reason="多收手续费", proposed_by=by, proposed_at=now)  # fmt: skip
        paper = default_storage.save("cases/answer.pdf", ContentFile(b"%PDF-1.4\n"))
        world["outcome_reply"] = Reply.objects.create(
            **one, facts="属实", basis="办法", decision="退还", remedies="核查", means="letter", sent_at=now, sent_by=by, document=paper
        )  # fmt: skip
        world["outcome_review"] = Review.objects.create(**one, asked_at=now, asked_text="请重新核查", recorded_by=by, branch=one["case"].respondent)  # fmt: skip
        world["outcome_transfer"] = Transfer.objects.create(**one, direction="in", body="NFRA", number="12378-1", at=now, by=by)  # fmt: skip


def outcome_arguments(world: dict) -> dict:
    if "outcome_redress" not in world:
        return {}
    number = {"number": world["case"].number}
    rows = {f"complaints:{name}": number | {"pk": world[key].pk} for name, key in ROWS.items()}
    return {f"complaints:{name}": number for name in PLAIN} | rows
