"""Import profiles: small TOML files that say how another system writes its complaints."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from complaints.cases.codes import Source

FOLDER = Path(__file__).with_name("shipped")
NEEDED = ("title", "source", "file", "date", "columns")
COLUMNS = ("key", "received", "facts")


class ProfileError(ValueError):
    """The profile cannot be used; the text says which and why."""


@dataclass(frozen=True)
class Profile:
    name: str
    title: str
    source: str
    file: str
    date: str
    columns: dict
    delimiter: str = ","
    encoding: str | None = None
    intake: dict[str, str] = field(default_factory=dict)
    business: dict[str, str] = field(default_factory=dict)
    cause: dict[str, str] = field(default_factory=dict)
    open_outcomes: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    unsatisfied: frozenset[str] = frozenset()

    def files(self, folder: Path) -> list[Path]:
        """Files of the profile in `folder`. ProfileError where there is none."""
        found = sorted(path for path in folder.glob(self.file) if path.is_file())
        if not found:
            raise ProfileError(
                _("%(folder)s holds no file %(pattern)s.") % {"folder": folder.name, "pattern": self.file}
            )
        return found


def available() -> dict[str, str]:
    """Name to title of the profiles that can be used: those shipped, and the bank's own in COMPLAINT_PROFILES_DIR."""
    found = {}
    for path in _paths():
        try:
            found[path.stem] = load_profile(path.stem).title
        except ProfileError:
            continue  # loading by name tells
    return found


def _paths() -> list[Path]:
    own = getattr(settings, "COMPLAINT_PROFILES_DIR", None)
    folders = [FOLDER, *([Path(own)] if own and Path(own).is_dir() else [])]
    return sorted(path for folder in folders for path in folder.glob("*.toml"))


def load_profile(name: str) -> Profile:
    """Read and check a profile by its name. ProfileError says what is wrong in it."""
    paths = [path for path in _paths() if path.stem == name] if re.fullmatch(r"[\w-]{1,40}", name) else []
    if not paths:
        raise ProfileError(_("There is no profile called %(name)s.") % {"name": name})
    try:
        data = tomllib.loads(paths[-1].read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{paths[-1].name}: {error}") from error
    _check(paths[-1].name, data)
    encoding = data.get("encoding", "auto")
    return Profile(
        name=name, title=data["title"], source=data["source"], file=data["file"], date=data["date"],
        columns=data["columns"], delimiter=data.get("delimiter", ","), encoding=None if encoding == "auto" else encoding,
        intake=data.get("intake", {}), business=data.get("business", {}), cause=data.get("cause", {}),
        open_outcomes=frozenset(data.get("open", {}).get("outcomes", [])),
        late=frozenset(data.get("timely", {}).get("no", [])),
        unsatisfied=frozenset(data.get("disputed", {}).get("yes", [])),
    )  # fmt: skip


def _check(file: str, data: dict) -> None:
    lacking = [key for key in NEEDED if key not in data] + [
        f"columns.{key}" for key in COLUMNS if key not in data.get("columns", {})
    ]
    if lacking:
        raise ProfileError(_("%(file)s lacks %(keys)s.") % {"file": file, "keys": ", ".join(lacking)})
    unknown = sorted(set(data.get("intake", {}).values()) - set(Source.values))
    if unknown:
        raise ProfileError(_("%(file)s: unknown intake %(keys)s.") % {"file": file, "keys": ", ".join(unknown)})
