"""Loads the complaint files of a folder by a profile."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from complaints.loading.profiles import ProfileError, load_profile
from complaints.loading.services import begin_load, run_load
from crm.lib.refusals import Refused
from crm.staff.models import Branch, User


class Command(BaseCommand):
    help = "import_complaints PROFILE FOLDER --branch CODE [--by EMPLOYEE]: complaints of another system, from files"

    def add_arguments(self, parser):
        parser.add_argument("profile")
        parser.add_argument("folder", type=Path)
        parser.add_argument("--branch", required=True, help="code of the outlet complained about")
        parser.add_argument("--by", help="employee number of whoever loads; the system where it is left out")

    def handle(self, *, profile, folder: Path, branch, by, **options):
        outlet = Branch.objects.filter(code=branch).first()
        actor = User.objects.filter(employee_number=by).first() if by else None
        if outlet is None or (by and actor is None):
            raise CommandError(f"There is no branch {branch} or no employee {by}.")
        try:
            for path in load_profile(profile).files(folder):
                self._load(profile, path, outlet, actor)
        except (ProfileError, Refused) as error:
            raise CommandError(str(error)) from error

    def _load(self, profile: str, path: Path, outlet: Branch, actor: User | None) -> None:
        now = timezone.now()
        load = begin_load(profile=load_profile(profile), path=path, name=path.name, branch=outlet, actor=actor, now=now)
        done = run_load(load=load, path=path, now=now)
        self.stdout.write(
            f"{path.name}: {done.rows} rows, {done.loaded} loaded, {done.known} known, {done.refused} refused"
        )
        for row in done.refused_rows.all()[:20]:
            self.stdout.write(f"  line {row.line} {row.column}: {row.reason}")
