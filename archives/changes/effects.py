"""What the approval of a matter (deletion, merge) does. Each kind belongs to a topic to the right of this one;
`archives/effects.py` names them, `archives/apps.py` hands them over once.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Effect:
    """`refuse_if_blocked(request=, now=)` raises Refused while something stands in the way: asked at the proposal and
    again at the approval, under the subject's lock. `apply(request=, actor=, now=)` runs in the transaction of the
    approval. `facts(request, user=)` are the lines the approver sees, as (label, text). `summary(request)` is one
    line for lists, without personal data. `also(request)` are primary keys of further customers that `apply` changes:
    they are locked with the subject, all in the order of their keys.
    """

    refuse_if_blocked: Callable
    apply: Callable
    facts: Callable
    summary: Callable
    also: Callable = lambda request: ()


_EFFECTS: dict[str, Effect] = {}


def register_effect(kind: str, effect: Effect) -> None:
    _EFFECTS[kind] = effect


def effect_of(kind: str) -> Effect:
    """LookupError for a kind that nobody owns."""
    return _EFFECTS[kind]
