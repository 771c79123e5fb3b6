"""A small bank and the people in it, built through the services."""

from django.test import Client

from crm.staff.models import Branch, User
from crm.staff.roles import Role
from crm.staff.services import place_branch

PASSWORD = "Correct-Horse-9"


def make_branch(*, code: str, name: str | None = None, kind: str = Branch.Kind.OUTLET, parent=None, **fields) -> Branch:
    return place_branch(branch=Branch(code=code, name=name or f"网点{code}", kind=kind, parent=parent, **fields))


def make_user(*, username: str, role: str | None, branch: Branch, name: str | None = None, **fields) -> User:
    return User.objects.create_user(
        username=username,
        employee_number=fields.pop("employee_number", f"TH-{username.upper()}"[:20]),
        name=name or username,
        branch=branch,
        password=fields.pop("password", PASSWORD),
        roles=[role] if role else [],
        **fields,
    )


def make_bank() -> dict[str, Branch]:
    """Head office, two sub-branches with outlets, a directly managed outlet; by code."""
    root = make_branch(code="0000", name="天华银行总行", kind=Branch.Kind.HEAD_OFFICE)
    east = make_branch(code="0100", name="城东支行", kind=Branch.Kind.SUB_BRANCH, parent=root)
    south = make_branch(code="0200", name="滨江支行", kind=Branch.Kind.SUB_BRANCH, parent=root)
    outlets = [
        make_branch(code="0101", name="城东支行营业部", parent=east),
        make_branch(code="0102", name="人民路支行", parent=east),
        make_branch(code="0201", name="滨江支行营业部", parent=south),
        make_branch(code="0901", name="总行营业部", kind=Branch.Kind.DIRECT_OUTLET, parent=root),
    ]
    return {branch.code: branch for branch in [root, east, south, *outlets]}


# name: (role, branch code, the person's own name)
CAST = {
    "teller": (Role.TELLER, "0101", "何静"),
    "manager": (Role.MANAGER, "0101", "周雅"),
    "colleague": (Role.MANAGER, "0101", "邓凯"),
    "lobby": (Role.LOBBY, "0101", "苏敏"),
    "head": (Role.HEAD, "0101", "郑海峰"),
    "stranger": (Role.MANAGER, "0201", "林远"),
    "stranger_head": (Role.HEAD, "0201", "秦川"),
    "president": (Role.PRESIDENT, "0100", "陈立群"),
    "service": (Role.SERVICE, "0000", "方晓云"),
    "headoffice": (Role.HEADOFFICE, "0000", "沈国栋"),
    "auditor": (Role.AUDITOR, "0000", "严正"),
    "admin": (Role.ADMIN, "0000", "石磊"),
}


def make_cast(bank: dict[str, Branch]) -> dict[str, User]:
    return {
        username: make_user(username=username, role=role, branch=bank[code], name=name)
        for username, (role, code, name) in CAST.items()
    }


def client_of(user: User) -> Client:
    """A browser in which `user` has signed in."""
    client = Client()
    response = client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    assert response.status_code == 302, response.content[:500]
    return client
