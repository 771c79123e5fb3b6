"""A case under the hand of the first half of its handling, and the people around it."""

from complaints.handling.investigating import Words
from complaints.models import Case
from tests.complaints.world import make_category

WORDS = Words(
    facts="九时至九时五十分仅开一个窗口。", evidence="叫号记录、监控", root="排班未留备用柜员", measures="高峰时段增开窗口",
    finding="yes", is_flaw=True,
)  # fmt: skip


def words(**changes) -> Words:
    cause = changes.pop("cause", make_category().pk)
    return Words(**(vars(WORDS) | {"cause": cause} | changes))


def fresh(case: Case) -> Case:
    return Case.objects.for_page().get(pk=case.pk)
