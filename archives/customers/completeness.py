"""How complete an archive is: pure. Words that only look like a value count as empty."""

from archives.customers.fields import CUSTOMER_FIELDS, MANDATORY_PEOPLE
from crm.lib.blanks import is_blank


def assess(values: dict[str, str], *, kind: str, people: set[str]) -> tuple[int, list[str]]:
    """(percent 0-100, keys missing, heaviest first) of canonical `values`.

    `people` are the keys of MANDATORY_PEOPLE a company has. Weighted: filled weight over all weight.
    """
    total, missing = 0, []
    for field in CUSTOMER_FIELDS.of_kind(kind):
        if field.weight:
            total += field.weight
            if not _filled(field.key, values):
                missing.append((field.weight, field.key))
    if kind == "C":
        for key, (_label, weight) in MANDATORY_PEOPLE.items():
            total += weight
            if key not in people:
                missing.append((weight, key))
    lacking = sum(weight for weight, _key in missing)
    missing.sort(key=lambda pair: -pair[0])
    return (total - lacking) * 100 // total, [key for _weight, key in missing]


def _filled(key: str, values: dict[str, str]) -> bool:
    if key == "id_valid_until" and values.get("id_permanent"):
        return True
    if key == "emergency_phone" and is_blank(values.get("emergency_name")):
        return False
    return not is_blank(values.get(key))


def weight_of(key: str) -> int:
    """Weight of a missing key, for showing what filling it gains."""
    if key in MANDATORY_PEOPLE:
        return MANDATORY_PEOPLE[key][1]
    return CUSTOMER_FIELDS[key].weight


def label_of(key: str):
    return MANDATORY_PEOPLE[key][0] if key in MANDATORY_PEOPLE else CUSTOMER_FIELDS[key].label


def total_weight(kind: str) -> int:
    people = sum(weight for _label, weight in MANDATORY_PEOPLE.values()) if kind == "C" else 0
    return people + sum(f.weight for f in CUSTOMER_FIELDS.of_kind(kind))
