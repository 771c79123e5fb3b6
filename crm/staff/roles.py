"""Who may do what: one table, role to permissions and scope. Nothing else grants a right."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    TELLER = "teller", _("Teller")
    MANAGER = "manager", _("Customer manager")
    LOBBY = "lobby", _("Lobby manager")
    HEAD = "head", _("Outlet head")
    PRESIDENT = "president", _("Supervising president")
    SERVICE = "service", _("Service office")
    HEADOFFICE = "headoffice", _("Head-office customer management")
    AUDITOR = "auditor", _("Compliance and audit")
    ADMIN = "admin", _("System administrator")


class Scope(models.TextChoices):
    OWN = "own", _("Own branch")
    SUBTREE = "subtree", _("Own branch and everything below it")
    ALL = "all", _("The whole bank")
    NONE = "none", _("No customer data")


@dataclass(frozen=True)
class Rights:
    scope: Scope
    permissions: frozenset[str]


# What every employee who works with customers may do.
SERVE = frozenset(
    {
        "archives.view_customer",
        "archives.view_customer_name",
        "archives.view_balance",
        "archives.add_customer",
        "archives.propose_change",
        "archives.reveal_field",
        "archives.view_intelligence",
        "archives.add_intelligence",
        "archives.view_meeting",
        "archives.view_classes",
        "complaints.view_case",
        "complaints.register_case",
        "complaints.view_briefing",
        "complaints.view_roster",
    }
)
DECIDE = frozenset(
    {"archives.decide_change", "archives.view_access_log", "archives.view_bin", "archives.restore_archive"}
)
OVERSEE = frozenset(
    {
        "archives.view_access_log",
        "archives.view_feed",
        "archives.view_analysis",
        "complaints.view_branch_cases",
        "complaints.view_numbers",
        "complaints.view_ledger",
        "complaints.view_coverage",
    }
)
# What the head of an outlet and those above decide of its archives.
LEAD = frozenset(
    {
        "archives.purge_archive",
        "archives.hand_over",
        "archives.assign_manager",
        "archives.run_meeting",
        "archives.override_class",
        "complaints.call_back",
        "complaints.manage_improvement",
        "complaints.plan_roster",
        "complaints.hold_briefing",
        "complaints.keep_lobby",
    }
)
# The outlets' heads and presidents say who broke a rule; the service office and head office may too.
CONDUCT = frozenset({"complaints.propose_points"})
# 服务工作领导小组办公室 runs every complaint to its end.
OFFICE = CONDUCT | {
    "complaints.run_office",
    "complaints.call_back",
    "complaints.export_cases",
    "complaints.import_cases",
    "complaints.set_targets",
    "complaints.manage_improvement",
    "complaints.decide_points",
    "complaints.edit_rules",
    "complaints.issue_document",
}
# What stands above the investigator.
UPPER = frozenset({"complaints.decide_review", "complaints.decide_points"})
HEAD_OFFICE = frozenset(
    {
        "archives.import_feed",
        "archives.place_hold",
        "archives.move_outlet",
        "archives.edit_scheme",
        "archives.release_run",
        "archives.sign_analysis",
        "complaints.extend_again",
        "complaints.export_cases",
        "complaints.decide_appeal",
        "complaints.issue_document",
    }
)
# What is read without serving customers.
AUDIT = frozenset(
    {
        "archives.view_customer",
        "archives.view_balance",
        "archives.view_intelligence",
        "archives.view_meeting",
        "archives.view_classes",
        "archives.view_bin",
        "archives.view_sealed",
        "archives.place_hold",
        "privacy.view_accessevent",
        "complaints.view_case",
        "complaints.view_briefing",
        "complaints.view_roster",
        "complaints.export_cases",
    }
)

CONFIGURE = frozenset(
    f"{app}.{verb}_{model}"
    for app, model in [
        ("staff", "user"),
        ("staff", "branch"),
        ("staff", "rolegrant"),
        ("staff", "absence"),
        ("workdays", "calendaryear"),
        ("workdays", "calendarday"),
        ("axes", "accessattempt"),
        ("complaints", "category"),
        ("complaints", "lettertemplate"),
        ("complaints", "openinghours"),
        ("complaints", "openingexception"),
    ]
    for verb in ("view", "add", "change")
) | frozenset(
    {
        "staff.use_admin",
        "staff.view_historicaluser",
        "staff.view_historicalbranch",
        "staff.view_historicalrolegrant",
        "staff.view_historicalabsence",
        "workdays.view_historicalcalendaryear",
        "workdays.view_historicalcalendarday",
        "complaints.view_historicalcategory",
        "complaints.view_historicallettertemplate",
        "complaints.view_historicalopeninghours",
        "complaints.view_historicalopeningexception",
        "complaints.delete_openinghours",
        "complaints.delete_openingexception",
        "staff.delete_rolegrant",
        "staff.delete_absence",
        "workdays.delete_calendarday",
        "axes.delete_accessattempt",
        "staff.view_loginsession",
        "jobs.view_jobrun",
        "jobs.run_job",
        "archives.view_feed",
        "archives.import_feed",
    }
)

ROLES: dict[str, Rights] = {
    Role.TELLER: Rights(Scope.OWN, SERVE),
    Role.MANAGER: Rights(Scope.OWN, SERVE | DECIDE),
    Role.LOBBY: Rights(Scope.OWN, SERVE | {"complaints.hold_briefing", "complaints.keep_lobby"}),
    Role.HEAD: Rights(Scope.OWN, SERVE | DECIDE | OVERSEE | LEAD | CONDUCT),
    Role.PRESIDENT: Rights(
        Scope.SUBTREE, SERVE | DECIDE | OVERSEE | LEAD | CONDUCT | UPPER | {"archives.sign_analysis"}
    ),
    Role.SERVICE: Rights(Scope.ALL, SERVE | OVERSEE | OFFICE),
    Role.HEADOFFICE: Rights(Scope.ALL, SERVE | DECIDE | OVERSEE | LEAD | CONDUCT | UPPER | HEAD_OFFICE),
    Role.AUDITOR: Rights(Scope.ALL, AUDIT | OVERSEE),
    Role.ADMIN: Rights(Scope.NONE, CONFIGURE),
}

_WIDTH = [Scope.NONE, Scope.OWN, Scope.SUBTREE, Scope.ALL]


def permissions_of(roles: list[str]) -> frozenset[str]:
    """Every permission that any of `roles` gives."""
    return frozenset().union(*(ROLES[role].permissions for role in roles))


def scope_of(roles: list[str]) -> Scope:
    """The widest scope among `roles`."""
    return max((ROLES[role].scope for role in roles), key=_WIDTH.index, default=Scope.NONE)
