"""Feed profiles: small TOML files that say how a core system writes its deposit files."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from archives.feeds.checking import ROLES, ProfileError, check_profile

FOLDER = Path(__file__).with_name("shipped")


@dataclass(frozen=True)
class Profile:
    name: str
    title: str
    source: str
    delimiter: str
    encoding: str | None
    date: str
    currency: str
    roles: dict[str, dict]

    def files(self, folder: Path) -> list[tuple[str, Path]]:
        """(role, file) in loading order. Raise ProfileError where none is found."""
        found = [
            (role, path)
            for role in ROLES
            if role in self.roles
            for path in sorted(folder.glob(self.roles[role]["file"]))
            if path.is_file()
        ]
        if not found:
            patterns = ", ".join(section["file"] for section in self.roles.values())
            raise ProfileError(
                _("%(folder)s holds none of the files of this profile: %(patterns)s.")
                % {"folder": folder.name, "patterns": patterns}
            )
        return found


def available() -> dict[str, str]:
    """Name to title of every profile that can be used: those shipped, and the bank's own in FEED_PROFILES_DIR."""
    found = {}
    for name in _names():
        try:
            found[name] = load_profile(name).title
        except ProfileError:
            continue  # `broken` tells
    return found


def broken() -> list[str]:
    """What is wrong with the profiles that cannot be used."""
    found = []
    for name in _names():
        try:
            load_profile(name)
        except ProfileError as error:
            found.append(str(error))
    return found


def _names() -> list[str]:
    return sorted({path.stem for folder in _folders() for path in folder.glob("*.toml")})


def _folders() -> list[Path]:
    own = getattr(settings, "FEED_PROFILES_DIR", None)
    return [FOLDER, *([Path(own)] if own and Path(own).is_dir() else [])]


def load_profile(name: str) -> Profile:
    """Read and check a profile by name."""
    paths = [folder / f"{name}.toml" for folder in _folders()] if re.fullmatch(r"[\w-]{1,40}", name) else []
    paths = [path for path in paths if path.is_file()]
    if not paths:
        raise ProfileError(_("There is no profile called %(name)s.") % {"name": name})
    try:
        with paths[-1].open("rb") as file:
            data = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{paths[-1].name}: {error}") from error
    check_profile(paths[-1].name, data)
    return _built(name, data)


def _built(name: str, data: dict) -> Profile:
    encoding = data.get("encoding", "auto")
    return Profile(
        name=name,
        title=data["title"],
        source=data["source"],
        delimiter=data.get("delimiter", ","),
        encoding=None if encoding == "auto" else encoding,
        date=data["date"],
        currency=data.get("currency", "CNY"),
        roles={role: data[role] for role in ROLES if role in data},
    )
