"""Branches, people, roles, absences, sign-in sessions."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm.staff.roles import Role, Scope, permissions_of, scope_of


class BranchQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def subtree_of(self, branch):
        """`branch` and everything below it."""
        return self.filter(path__startswith=branch.path)

    def in_scope_of(self, user):
        """Branches whose customers `user` may see; none for anybody without a scope."""
        scope = user.scope
        if scope == Scope.ALL:
            return self.all()
        if scope == Scope.SUBTREE:
            return self.subtree_of(user.branch)
        if scope == Scope.OWN:
            return self.filter(pk=user.branch_id)
        return self.none()


class Branch(models.Model):
    """One institution of the tree 总行 – 分行 – 支行 – 网点; `path` is written by `services.place_branch`."""

    class Kind(models.TextChoices):
        HEAD_OFFICE = "head_office", _("Head office")
        BRANCH = "branch", _("Branch")
        SUB_BRANCH = "sub_branch", _("Sub-branch")
        OUTLET = "outlet", _("Outlet")
        DIRECT_OUTLET = "direct_outlet", _("Directly managed outlet")

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    path = models.CharField(_("path"), max_length=255, editable=False, unique=True)
    district = models.CharField(_("district codes in feeds"), max_length=400, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    history = HistoricalRecords()

    objects = BranchQuerySet.as_manager()

    class Meta:
        ordering = ["path"]
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=False) | Q(kind="head_office"),
                name="branch_without_parent_is_head_office",
                violation_error_message=_("Only the head office stands without a parent."),
            ),
        ]

    def __str__(self):
        return self.name


class UserQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def with_role(self, *roles):
        return self.filter(role_grants__role__in=roles).distinct()

    def at(self, branch):
        return self.filter(branch=branch)

    def answering_to(self, word):
        """Whoever the sign-in page would take `word` for."""
        return self.filter(Q(username__iexact=word) | Q(employee_number__iexact=word))

    def named(self, text):
        """Whoever bears this user name, employee number or name."""
        return self.filter(Q(username__iexact=text) | Q(employee_number__iexact=text) | Q(name__iexact=text))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username):
        return self.get(username=username)

    def create_user(self, *, username, employee_number, name, branch, password=None, roles=(), **fields):
        user = self.model(username=username, employee_number=employee_number, name=name, branch=branch, **fields)
        user.set_password(password)
        user.save(using=self._db)
        for role in roles:
            RoleGrant.objects.create(user=user, role=role)
        return user

    def create_superuser(self, **fields):
        """Django's command makes a system administrator like any other: nobody passes every check."""
        branch = fields.pop("branch", None) or Branch.objects.filter(parent=None).first()
        if branch is None:
            branch = Branch.objects.create(code="0000", name="总行", kind=Branch.Kind.HEAD_OFFICE, path="/0000/")
        fields.setdefault("name", fields["username"])
        return self.create_user(branch=branch, roles=[Role.ADMIN], **fields)


class User(AbstractBaseUser):
    """An employee. Disabled, never deleted. What they may do comes from `roles.py` alone."""

    username = models.CharField(_("user name"), max_length=40, unique=True)
    employee_number = models.CharField(_("employee number"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="people", verbose_name=_("branch"))
    email = models.EmailField(_("e-mail"), blank=True)
    extension = models.CharField(_("extension"), max_length=20, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    must_change_password = models.BooleanField(_("must change the password"), default=False)
    initial_password_until = models.DateTimeField(_("initial password valid until"), null=True, blank=True)
    password_changed_at = models.DateTimeField(_("password changed at"), null=True, blank=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    language = models.CharField(_("language"), max_length=10, blank=True)
    history = HistoricalRecords(excluded_fields=["password", "last_login"])

    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["employee_number"]
    is_superuser = False

    class Meta:
        ordering = ["employee_number"]
        verbose_name = _("employee")
        verbose_name_plural = _("employees")

    def __str__(self):
        return f"{self.name} {self.employee_number}"

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.name

    @cached_property
    def roles(self) -> list[str]:
        """Roles granted now; read once per request."""
        return sorted(grant.role for grant in self.role_grants.all())

    @cached_property
    def permissions(self) -> frozenset[str]:
        return permissions_of(self.roles) if self.is_active else frozenset()

    @property
    def scope(self) -> str:
        return scope_of(self.roles)

    @property
    def is_staff(self):
        """May open Django admin."""
        return self.has_perm("staff.use_admin")

    def has_perm(self, perm, obj=None):
        return perm in self.permissions

    def has_perms(self, perms, obj=None):
        return all(self.has_perm(perm) for perm in perms)

    def has_module_perms(self, app_label):
        return any(perm.startswith(f"{app_label}.") for perm in self.permissions)

    @property
    def role_names(self) -> str:
        return gettext(", ").join(str(Role(role).label) for role in self.roles)


class RoleGrant(models.Model):
    """One role of one person. (A second person's confirmation of a grant gets its columns here.)"""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_grants", verbose_name=_("employee"))
    role = models.CharField(_("role"), max_length=16, choices=Role)
    granted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("granted by")
    )
    granted_at = models.DateTimeField(_("granted at"), auto_now_add=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="one_grant_a_role")]

    def __str__(self):
        return str(Role(self.role).label)


class AbsenceQuerySet(models.QuerySet):
    def on(self, day):
        return self.filter(starts__lte=day, ends__gte=day)

    def of(self, user):
        return self.filter(user=user)

    def touching(self, first, last):
        """Absences that share a day with `first` to `last`."""
        return self.filter(starts__lte=last, ends__gte=first)

    def not_over(self, day):
        return self.filter(ends__gte=day)


class Absence(models.Model):
    """Days on which somebody's approvals go to a deputy; the audit says 'X for Y' (代批)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="absences", verbose_name=_("employee"))
    deputy = models.ForeignKey(User, models.PROTECT, related_name="deputising", verbose_name=_("deputy"))
    starts = models.DateField(_("first day"))
    ends = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    history = HistoricalRecords()

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["-starts"]
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        indexes = [models.Index(fields=["deputy", "starts", "ends"], name="absence_deputy")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gte=F("starts")),
                name="absence_ends_after_start",
                violation_error_message=_("The last day lies before the first."),
            ),
            models.CheckConstraint(
                condition=~Q(user=F("deputy")),
                name="absence_deputy_is_another",
                violation_error_message=_("Nobody is their own deputy."),
            ),
        ]

    def __str__(self):
        return f"{self.user} {self.starts} – {self.ends}"


class OldPassword(models.Model):
    """Hashes of earlier passwords, so that none of the last five comes back."""

    user = models.ForeignKey(User, models.CASCADE, related_name="old_passwords")
    password = models.CharField(max_length=128)
    retired_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return str(self.retired_at)


class LoginSession(models.Model):
    """Which session belongs to whom: idle and absolute time-outs, one session a person, ending them at once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="login_sessions", verbose_name=_("employee"))
    session_key = models.CharField(max_length=40, unique=True)
    ip = models.GenericIPAddressField(_("address"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"))
    last_seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("sign-in session")
        verbose_name_plural = _("sign-in sessions")

    def __str__(self):
        return str(self.user)
