"""Branches and people from CSV files: all rows or none; a second load of the same file changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.lib.tabular import BadRow, TabularError, read_csv
from crm.staff.models import Branch, RoleGrant, User
from crm.staff.roles import Role
from crm.staff.services import disable, enable, give_initial_password, grant_role, place_branch, revoke_role, transfer

# Heads of columns as banks write them, to the name used here. The first of each is the documented one.
BRANCH_HEADS = {
    "code": ("code", "机构号", "机构代码"),
    "name": ("name", "机构名称", "名称"),
    "kind": ("kind", "机构类型", "类型"),
    "parent": ("parent", "上级机构号", "上级机构"),
    "district": ("district", "地区码"),
    "phone": ("phone", "电话"),
}
PEOPLE_HEADS = {
    "employee_number": ("employee_number", "工号", "员工号"),
    "username": ("username", "用户名"),
    "name": ("name", "姓名"),
    "branch": ("branch", "机构号", "所属机构"),
    "roles": ("roles", "角色", "岗位"),
    "email": ("email", "邮箱"),
    "extension": ("extension", "分机"),
    "active": ("active", "在职"),
}
KIND_WORDS = {
    "总行": Branch.Kind.HEAD_OFFICE,
    "分行": Branch.Kind.BRANCH,
    "支行": Branch.Kind.SUB_BRANCH,
    "网点": Branch.Kind.OUTLET,
    "直管网点": Branch.Kind.DIRECT_OUTLET,
}
ROLE_WORDS = {
    "柜员": Role.TELLER,
    "客户经理": Role.MANAGER,
    "大堂经理": Role.LOBBY,
    "网点负责人": Role.HEAD,
    "主管行长": Role.PRESIDENT,
    "服务工作领导小组办公室": Role.SERVICE,
    "总行客户管理部": Role.HEADOFFICE,
    "合规审计": Role.AUDITOR,
    "系统管理员": Role.ADMIN,
}
ACTIVE_WORDS = {"": None, "1": True, "yes": True, "是": True, "0": False, "no": False, "否": False}


@dataclass(frozen=True)
class Fault:
    row: int
    column: str
    reason: str

    def __str__(self):
        return _("row %(row)s, %(column)s: %(reason)s") % vars(self)


class LoadError(Exception):
    """Nothing was loaded; `faults` says why, row by row."""

    def __init__(self, faults: list[Fault]):
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


@dataclass
class Outcome:
    added: int = 0
    changed: int = 0
    same: int = 0
    passwords: list[tuple[User, str]] = field(default_factory=list)

    def count(self, how: str) -> None:
        setattr(self, how, getattr(self, how) + 1)


@transaction.atomic
def load_branches(*, path: Path, actor: User | None = None) -> Outcome:
    """Parents may stand anywhere in the file; a branch that the file does not name stays as it is."""
    outcome = Outcome()
    faults: list = []
    rows = list(_rows(path, BRANCH_HEADS, ("code", "name", "kind"), faults))
    _refuse(faults)
    waiting, known = rows, dict(Branch.objects.in_bulk(field_name="code"))
    named = {row["code"] for _n, row in rows}
    while waiting:
        later = [(n, row) for n, row in waiting if row["parent"] in named and row["parent"] not in known]
        ready = [pair for pair in waiting if pair not in later]
        if not ready:
            faults += [Fault(n, "parent", _("Its branches stand below one another in a circle.")) for n, _row in later]
            break
        for number, row in ready:
            _load_branch(number, row, known, outcome, faults, actor)
        waiting = later
    _refuse(faults)
    return outcome


def _load_branch(number, row, known, outcome, faults, actor):
    kind = KIND_WORDS.get(row["kind"], row["kind"])
    parent = known.get(row["parent"])
    branch = known.get(row["code"]) or Branch(code=row["code"])
    known[branch.code] = branch
    if row["parent"] and parent is None:
        faults.append(Fault(number, "parent", _("There is no branch %(code)s.") % {"code": row["parent"]}))
        return
    wanted = {"name": row["name"], "kind": kind, "parent_id": parent and parent.pk}
    wanted |= {key: row[key] for key in ("district", "phone") if row[key] or branch.pk is None}
    if _take(branch, wanted, outcome):
        branch.parent = parent
        try:
            branch.clean_fields(exclude=["path", "parent"])
            branch.validate_constraints(exclude=["path"])
            place_branch(branch=branch, actor=actor)
        except ValidationError as refused:
            faults += _faults(number, refused)


@transaction.atomic
def load_people(*, path: Path, actor: User | None, now: datetime) -> Outcome:
    """Add, rename, transfer, disable; new people get an initial password, told in the outcome. Nobody is deleted.

    The roles column, where the file has it, says what the roles are: those it leaves out are taken away.
    """
    outcome = Outcome()
    faults: list = []
    branches = Branch.objects.in_bulk(field_name="code")
    for number, row in _rows(path, PEOPLE_HEADS, ("employee_number", "username", "name", "branch"), faults):
        try:
            _load_person(row, branches, outcome, actor, now)
        except ValidationError as refused:
            faults += _faults(number, refused)
    _refuse(faults)
    return outcome


def _load_person(row, branches, outcome, actor, now):
    roles, active, branch = _roles(row["roles"]), _active(row["active"]), branches.get(row["branch"])
    if branch is None:
        raise ValidationError({"branch": _("There is no branch %(code)s.") % {"code": row["branch"]}})
    number = row["employee_number"]
    user = User.objects.filter(employee_number=number).first() or User(employee_number=number, branch=branch)
    others = User.objects.exclude(pk=user.pk)
    for key in ("employee_number", "username"):
        if others.answering_to(row[key]).exists():
            raise ValidationError({key: _("Somebody bears this already.")})
    new = user.pk is None
    wanted = {key: row[key] for key in ("username", "name", "email", "extension") if row[key]}
    changed = _take(user, wanted, None)
    user.clean_fields(exclude=["password"])
    if new:
        user.set_unusable_password()
    if changed or new:
        user._history_user = actor
        user.save()
    moved = not new and user.branch_id != branch.pk
    if moved:
        transfer(user=user, branch=branch, actor=actor, now=now)
    switched = _switch(user, active, actor, now)
    granted = _set_roles(user, roles, actor, now)
    if new:
        outcome.passwords.append((user, give_initial_password(user=user, actor=actor, now=now)))
    outcome.count("added" if new else "changed" if changed or moved or switched or granted else "same")


def _switch(user, active, actor, now) -> bool:
    if active is None or active == user.is_active:
        return False
    (enable if active else disable)(user=user, actor=actor, now=now)
    return True


def _set_roles(user, roles, actor, now) -> bool:
    if roles is None:
        return False
    held = {grant.role: grant for grant in RoleGrant.objects.filter(user=user)}
    for role in roles - held.keys():
        grant_role(user=user, role=role, actor=actor, now=now)
    for role in held.keys() - roles:
        revoke_role(grant=held[role], actor=actor, now=now)
    return held.keys() != roles


def _roles(text: str) -> set[str] | None:
    """Roles in the cell, separated by 、 ; / or a space; None for an empty one."""
    words = text.replace("、", " ").replace(";", " ").replace("；", " ").replace("/", " ").replace("|", " ").split()
    unknown = [word for word in words if word not in ROLE_WORDS and word not in Role.values]
    if unknown:
        raise ValidationError({"roles": _("%(word)s is no role.") % {"word": unknown[0]}})
    return {str(ROLE_WORDS.get(word, word)) for word in words} or None


def _active(text: str) -> bool | None:
    if text.lower() not in ACTIVE_WORDS:
        raise ValidationError({"active": _("Write yes or no.")})
    return ACTIVE_WORDS[text.lower()]


def _take(row, wanted: dict, outcome: Outcome | None) -> bool:
    """Set what differs; say whether anything did."""
    new = row.pk is None
    differs = [key for key, value in wanted.items() if getattr(row, key) != value]
    for key in differs:
        setattr(row, key, wanted[key])
    if outcome is not None:
        outcome.count("added" if new else "changed" if differs else "same")
    return bool(new or differs)


def _rows(path: Path, heads: dict, needed: tuple, faults: list[Fault]) -> Iterator[tuple[int, dict]]:
    """(row number, cells by name); rows that cannot be read, gaps and doubles become faults."""
    lines = read_csv(path)
    first = next(lines, None)
    if first is None or isinstance(first, BadRow):
        raise TabularError(_("The file is empty or its first row cannot be read."))
    columns = _columns(first[1], heads, needed)
    seen: dict = {}
    for line in lines:
        if isinstance(line, BadRow):
            faults.append(Fault(line.number, "-", line.message))
            continue
        number, cells = line
        if not any(cell.strip() for cell in cells):
            continue
        row = dict.fromkeys(heads, "") | {n: cells[i].strip() for n, i in columns.items() if i < len(cells)}
        faults += [Fault(number, name, _("This must not be empty.")) for name in needed if not row[name]]
        key = row[needed[0]]
        if key and key in seen:
            faults.append(Fault(number, needed[0], _("Row %(row)s has this already.") % {"row": seen[key]}))
        seen[key] = number
        yield number, row


def _columns(cells: list[str], heads: dict, needed: tuple) -> dict[str, int]:
    found = [cell.strip().lower() for cell in cells]
    columns = {name: found.index(word) for name, words in heads.items() for word in words if word in found}
    missing = [name for name in needed if name not in columns]
    if missing:
        wanted = ", ".join(f"{name} ({heads[name][1]})" for name in missing)
        raise TabularError(_("The first row must name the columns; missing: %(columns)s.") % {"columns": wanted})
    return columns


def _faults(number: int, refused: ValidationError) -> list[Fault]:
    by_column = refused.message_dict if hasattr(refused, "error_dict") else {"-": refused.messages}
    return [Fault(number, column, " ".join(texts)) for column, texts in by_column.items()]


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise LoadError(sorted(faults, key=lambda fault: fault.row))
