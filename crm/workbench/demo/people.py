"""Invented customers with well-formed identities, deterministic from a seed."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from archives.customers import codes
from crm.lib.identifiers import make_resident_id, make_uscc
from crm.workbench.demo import words

OCCUPATION_OF_AGE = ["2", "3", "4", "4", "5", "6", "6", "8"]


@dataclass
class Person:
    """What one archive will hold. `values` are columns of Customer; `life` steers the postings."""

    kind: str
    values: dict
    life: str
    wealth_cents: int
    opened_on: date
    people: list[dict] = field(default_factory=list)
    owners: list[dict] = field(default_factory=list)
    preferences: list[dict] = field(default_factory=list)


def personal_name(rng: random.Random, sex: str) -> str:
    surname = rng.choice(words.COMPOUND) if rng.random() < 0.01 else rng.choice(words.SURNAMES)
    pool = words.MALE if sex == "1" else words.FEMALE
    if rng.random() < 0.25:
        return surname + rng.choice(pool)
    return surname + rng.choice(pool + words.EITHER) + rng.choice(pool)


def _mobile(rng: random.Random) -> str:
    return f"154{rng.randrange(10**8):08d}"  # 154: a segment without subscribers


def _address(rng: random.Random, division: str) -> str:
    place = words.DIVISIONS[division]
    return f"{place}{rng.choice(words.STREETS)}{rng.randrange(1, 400)}号{rng.choice(words.ESTATES)}{rng.randrange(1, 30)}幢{rng.randrange(101, 2400)}室"


def _life(rng: random.Random, age: int) -> str:
    if age < 23:
        return "student"
    if age >= 62:
        return rng.choice(["pension", "pension", "saver"])
    return rng.choices(["salary", "merchant", "saver", "wealthy", "leaver", "grower"], [52, 14, 14, 6, 6, 8])[0]


WEALTH = {  # median of the opening wealth in yuan
    "student": 3_000,
    "pension": 60_000,
    "salary": 40_000,
    "merchant": 90_000,
    "saver": 180_000,
    "wealthy": 2_200_000,
    "leaver": 120_000,
    "grower": 50_000,
    "company": 900_000,
}


def _validity(rng: random.Random, age: int, today: date) -> tuple[date | None, date | None, bool]:
    """Validity of a resident ID by the age at issue: 5, 10, 20 years, or for good from 46."""
    if age >= 50 and rng.random() < 0.8:
        return today - timedelta(days=rng.randrange(200, 1400)), None, True
    years = 5 if age < 16 else 10 if age < 26 else 20
    left = timedelta(days=rng.randrange(-120, years * 330))
    until = today + left
    return until - timedelta(days=365 * years), until, False


def person(rng: random.Random, index: int, today: date) -> Person:
    sex = rng.choice("12")
    age = min(92, max(12, int(rng.gauss(44, 16))))
    birth = date(today.year - age, 1, 1) + timedelta(days=rng.randrange(365))
    division = rng.choice(list(words.DIVISIONS))
    life = _life(rng, age)
    valid_from, valid_until, permanent = _validity(rng, age, today)
    sequence = (index * 2 + (1 if sex == "1" else 0)) % 1000
    values = {
        "name": personal_name(rng, sex),
        "sex": sex,
        "birth_date": birth,
        "nationality": "CHN",
        "id_kind": codes.Document.RESIDENT_ID,
        "id_number": make_resident_id(division, birth, sequence),
        "id_valid_from": valid_from,
        "id_valid_until": valid_until,
        "id_permanent": permanent,
        "occupation": rng.choice(OCCUPATION_OF_AGE),
        "mobile": _mobile(rng),
        "region": division,
        "address": _address(rng, division),
        "email": f"u{index}@{rng.choice(words.EMAIL_HOSTS)}",
        "employer": rng.choice(words.EMPLOYERS),
        "job_title": rng.choice(words.JOBS),
        "industry": rng.choice("CFEGHIPQS"),
        "marital": "20" if age > 28 else "10",
        "education": rng.choice(["20", "30", "60", "70"]),
        "annual_income": rng.randrange(4, 40) * 10_000,
        "emergency_name": personal_name(rng, rng.choice("12")),
        "emergency_phone": _mobile(rng),
        "tax_residency": "china",
        "risk_level": f"C{rng.randrange(1, 6)}",
        "risk_assessed_on": today - timedelta(days=rng.randrange(10, 500)),
        "special_group": "elderly" if age >= 70 else "minor" if age < 18 else "none",
        "payroll": life == "salary",
    }
    if age < 18:
        values |= {"guardian_name": personal_name(rng, "1"), "guardian_phone": _mobile(rng)}
    _leave_gaps(rng, values, PERSONAL_GAPS)
    found = Person("P", values, life, _wealth(rng, life), _opened(rng, today))
    if rng.random() < 0.3:
        found.preferences.append(_preference(rng, str(values["name"]), today))
    return found


PERSONAL_GAPS = [
    "occupation",
    "email",
    "emergency_name",
    "employer",
    "job_title",
    "annual_income",
    "education",
    "marital",
    "risk_level",
    "address",
    "mobile",
    "nationality",
    "tax_residency",
    "industry",
]
COMPANY_GAPS = [
    "email",
    "industry",
    "enterprise_size",
    "employees",
    "annual_revenue",
    "basic_account_bank",
    "registered_capital",
    "established_on",
    "business_scope",
]


def _leave_gaps(rng: random.Random, values: dict, keys: list[str]) -> None:
    """Half of all archives miss something, some much; a few hold what only looks like a value."""
    if rng.random() < 0.45:
        return
    for key in rng.sample(keys, rng.choices([1, 2, 3, 6], [40, 30, 20, 10])[0]):
        values.pop(key, None)
        if key == "emergency_name":
            values.pop("emergency_phone", None)
        if key in ("employer", "job_title") and rng.random() < 0.2:
            values[key] = rng.choice(["无", "不详"])


def _preference(rng: random.Random, name: str, today: date) -> dict:
    kind, value = rng.choice(
        [
            ("contact_time", "下午三点以后"),
            ("contact_time", "工作日中午"),
            ("channel", "电话"),
            ("channel", "短信"),
            ("address_form", (name or "客户")[0] + "老师"),
            ("product", "大额存单"),
        ]
    )
    return {"kind": kind, "value": value, "source": "stated", "noted_on": today - timedelta(days=rng.randrange(5, 600))}


def company(rng: random.Random, index: int, today: date) -> Person:
    industry = rng.choice(list(words.COMPANY_TRADES))
    trade = rng.choice(words.COMPANY_TRADES[industry])
    division = rng.choice(list(words.DIVISIONS))
    head = rng.choice(words.COMPANY_HEADS)
    name = f"临江市{head}{rng.choice(words.EITHER)}{trade}{rng.choice(words.COMPANY_TAILS)}"
    established = today - timedelta(days=rng.randrange(700, 9000))
    capital = rng.choice([50, 100, 200, 500, 1000, 3000]) * 10_000
    values = {
        "name": name,
        "id_kind": codes.Document.BUSINESS_LICENCE,
        "uscc": make_uscc(f"91{division}", index),
        "id_valid_from": established,
        "id_valid_until": today + timedelta(days=rng.randrange(-60, 5000)),
        "mobile": _mobile(rng),
        "phone": f"0579-8{rng.randrange(10**6):06d}0",
        "region": division,
        "address": f"{words.DIVISIONS[division]}{rng.choice(words.STREETS)}{rng.randrange(1, 900)}号",
        "email": f"c{index}@{rng.choice(words.EMAIL_HOSTS)}",
        "industry": industry,
        "business_scope": words.SCOPES.format(trade=trade),
        "registration_status": "active",
        "established_on": established,
        "registered_capital": capital,
        "enterprise_size": rng.choice("MSSX"),
        "employees": rng.randrange(4, 600),
        "annual_revenue": capital * rng.randrange(1, 9),
        "basic_account_bank": "天华银行",
    }
    _leave_gaps(rng, values, COMPANY_GAPS)
    found = Person("C", values, "company", _wealth(rng, "company"), _opened(rng, today))
    _add_people(rng, found, today, index)
    return found


def _add_people(rng: random.Random, found: Person, today: date, index: int) -> None:
    for role in ("legal_representative", "controller", "agent"):
        if rng.random() < 0.12:
            continue
        sex = rng.choice("12")
        birth = date(today.year - rng.randrange(28, 62), 1, 1) + timedelta(days=rng.randrange(365))
        found.people.append(
            {
                "role": role,
                "name": personal_name(rng, sex),
                "id_kind": "resident_id",
                "id_number": make_resident_id(
                    rng.choice(list(words.DIVISIONS)), birth, index % 500 * 2 + int(sex == "1")
                ),
                "id_valid_until": today + timedelta(days=rng.randrange(-30, 5000)),
                "phone": _mobile(rng),
            }
        )
    if found.people and rng.random() < 0.85:
        first = found.people[0]
        found.owners.append(
            {key: first[key] for key in ("name", "id_kind", "id_number")}
            | {"right": "shares", "percent": rng.choice([30, 51, 60, 100]), "source": "customer"}
        )


def _wealth(rng: random.Random, life: str) -> int:
    """Opening wealth in cents, log-normal around the median of the way of life."""
    return int(WEALTH[life] * rng.lognormvariate(0, 0.9) * 100)


def _opened(rng: random.Random, today: date) -> date:
    return today - timedelta(days=rng.randrange(20, 4200))
