"""The demo bank's branches and employees: everybody has a role, the named logins stand for each."""

import random

from crm.staff.models import Branch, User
from crm.staff.roles import Role
from crm.staff.services import place_branch
from crm.workbench.demo.people import personal_name

SUB_BRANCHES = {
    "0100": ("城东支行", ["城东支行营业部", "人民路支行", "学府路支行", "望江门支行"]),
    "0200": ("滨江支行", ["滨江支行营业部", "江景支行", "花园路支行"]),
    "0300": ("安平支行", ["安平支行营业部", "青溪支行", "环城路支行"]),
}
DIRECT_OUTLETS = {"0901": "总行营业部", "0902": "城西直管网点"}
DISTRICTS = 77  # of the Berka data, spread over the outlets

NAMED = {
    ("0101", Role.TELLER, 0): ("teller", "何静"),
    ("0101", Role.MANAGER, 0): ("manager", "周雅"),
    ("0101", Role.MANAGER, 1): ("colleague", "邓凯"),
    ("0101", Role.LOBBY, 0): ("lobby", "苏敏"),
    ("0101", Role.HEAD, 0): ("head", "郑海峰"),
    ("0201", Role.MANAGER, 0): ("stranger", "林远"),
    ("0100", Role.PRESIDENT, 0): ("president", "陈立群"),
    ("0000", Role.SERVICE, 0): ("service", "方晓云"),
    ("0000", Role.HEADOFFICE, 0): ("headoffice", "沈国栋"),
    ("0000", Role.AUDITOR, 0): ("auditor", "严正"),
    ("0000", Role.ADMIN, 0): ("admin", "石磊"),
}
OUTLET_CREW = [Role.HEAD, Role.MANAGER, Role.TELLER, Role.LOBBY]
HEAD_OFFICE_CREW = [Role.SERVICE, Role.HEADOFFICE, Role.HEADOFFICE, Role.AUDITOR, Role.ADMIN]


def make_branches() -> list[Branch]:
    """The tree; returns the twelve outlets that hold customers."""
    root = place_branch(branch=Branch(code="0000", name="天华银行总行", kind=Branch.Kind.HEAD_OFFICE))
    outlets = []
    for code, (name, names) in SUB_BRANCHES.items():
        parent = place_branch(branch=Branch(code=code, name=name, kind=Branch.Kind.SUB_BRANCH, parent=root))
        for i, title in enumerate(names, start=1):
            outlets.append(Branch(code=f"{code[:2]}{i:02d}", name=title, kind=Branch.Kind.OUTLET, parent=parent))
    for code, name in DIRECT_OUTLETS.items():
        outlets.append(Branch(code=code, name=name, kind=Branch.Kind.DIRECT_OUTLET, parent=root))
    for i, outlet in enumerate(outlets):
        outlet.district = " ".join(str(d) for d in range(1, DISTRICTS + 1) if d % len(outlets) == i)
        outlet.phone = f"0579-8800{i:02d}00"
        place_branch(branch=outlet)
    return outlets


def make_staff(*, rng: random.Random, outlets: list[Branch], password: str) -> list[User]:
    crews = [(outlet, OUTLET_CREW + [Role.MANAGER] * (i % 2 == 0)) for i, outlet in enumerate(outlets)]
    crews += [(branch, [Role.PRESIDENT]) for branch in Branch.objects.filter(kind=Branch.Kind.SUB_BRANCH)]
    crews.append((Branch.objects.get(parent=None), HEAD_OFFICE_CREW))
    people, number = [], 3100
    first = User(username="x")
    first.set_password(password)  # one hash for all: argon2 is slow on purpose
    for branch, crew in crews:
        seen: dict[str, int] = {}
        for role in crew:
            place = seen.get(role, 0)
            seen[role] = place + 1
            number += 1
            username, name = NAMED.get(
                (branch.code, role, place), (f"th{number:05d}", personal_name(rng, rng.choice("12")))
            )
            user = User.objects.create_user(
                username=username,
                employee_number=f"TH{number:05d}",
                name=name,
                branch=branch,
                extension=str(number),
                roles=[role],
            )
            user.password = first.password
            user.save(update_fields=["password"])
            people.append(user)
    return people
