"""What every batch of a load needs, what became of its rows, and the natural keys under which they are found again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext as _

from archives.feeds.models import FeedLoad
from archives.feeds.parsing import BadValue, quoted
from archives.feeds.profiles import Profile
from crm.privacy.encryption import blind_index
from crm.staff.models import Branch


@dataclass
class Tally:
    added: int = 0
    changed: int = 0
    same: int = 0
    late: int = 0
    refused: list[tuple[int, str, str]] = field(default_factory=list)  # (line, column, reason)

    def refuse(self, line: int, error: BadValue) -> None:
        self.refused.append((line, error.column, error.reason))


@dataclass(frozen=True)
class Context:
    profile: Profile
    load: FeedLoad
    now: datetime
    today: date
    branches: dict[str, Branch]
    late_before: date | None = None  # postings of days before it come late

    @property
    def source(self) -> str:
        return self.profile.source

    @property
    def reason(self) -> str:
        return f"feed {self.load.pk}"

    def branch_of(self, district: str) -> Branch:
        branch = self.branches.get(district) or self.branches.get("")
        if branch is None:
            column = self.profile.roles["customers"].get("district", "")
            raise BadValue(
                column,
                _("No branch has the district “%(d)s”: enter it at a branch, or name a default.")
                % {"d": quoted(district)},
            )
        return branch


def branches_by_district(default: str) -> dict[str, Branch]:
    """District code (and branch code) to branch; '' is the default."""
    found: dict[str, Branch] = {}
    for branch in Branch.objects.active():
        found[branch.code] = branch
    for branch in Branch.objects.active().exclude(district=""):
        found |= dict.fromkeys(branch.district.split(), branch)
    if default:
        found[""] = Branch.objects.get(code=default)
    return found


def core_id(source: str, key: str) -> str:
    return f"{source}:{key}"


def account_key(source: str, key: str) -> str:
    return blind_index(f"{source}\0{key}", purpose="core_key") or ""


def once(tally: Tally, rows: list, column: str, key: Callable = lambda row: row.key) -> Iterator[tuple]:
    """(line, row) of a batch without repeats: the same row again is counted, one that contradicts it refused."""
    seen: dict = {}
    for line, row in rows:
        first = seen.setdefault(key(row), row)
        if first is row:
            yield line, row
        elif first == row:
            tally.same += 1
        else:
            tally.refuse(line, BadValue(column, _("This key stands in the file twice, with different values.")))
