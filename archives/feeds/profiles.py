"""Feed profiles: small TOML files that say how a core system writes its deposit files."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

FOLDER = Path(__file__).with_name("shipped")
ROLES = ("rates", "customers", "holders", "accounts", "postings")  # in loading order
NEEDED = {
    "rates": ("file", "day", "currency", "rate"),
    "customers": ("file", "key"),
    "holders": ("file", "account", "customer", "role", "owner"),
    "accounts": ("file", "key", "opened_on"),
    "postings": ("file", "key", "account", "day", "amount"),
}


class ProfileError(ValueError):
    """A profile that cannot be used: which file, which key, what to do."""


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
        ]
        if not found:
            patterns = ", ".join(section["file"] for section in self.roles.values())
            raise ProfileError(
                _("%(folder)s holds none of the files of this profile: %(patterns)s.")
                % {"folder": folder.name, "patterns": patterns}
            )
        return found


def available() -> dict[str, str]:
    """Name to title of every profile: those shipped, and the bank's own in FEED_PROFILES_DIR."""
    return {path.stem: load_profile(path.stem).title for folder in _folders() for path in sorted(folder.glob("*.toml"))}


def _folders() -> list[Path]:
    own = getattr(settings, "FEED_PROFILES_DIR", None)
    return [FOLDER, *([Path(own)] if own and Path(own).is_dir() else [])]


def load_profile(name: str) -> Profile:
    """Read and check a profile by name."""
    paths = [folder / f"{name}.toml" for folder in _folders() if (folder / f"{name}.toml").is_file()]
    if not paths or not name.isidentifier():
        raise ProfileError(_("There is no profile called %(name)s.") % {"name": name})
    try:
        with paths[-1].open("rb") as file:
            data = tomllib.load(file)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{paths[-1].name}: {error}") from error
    return _checked(name, paths[-1].name, data)


def _checked(name: str, file: str, data: dict) -> Profile:
    for key in ("title", "source", "date"):
        if not isinstance(data.get(key), str) or not data[key]:
            raise ProfileError(_("%(file)s: the key “%(key)s” is missing.") % {"file": file, "key": key})
    roles = {role: data[role] for role in ROLES if role in data}
    if not roles:
        raise ProfileError(_("%(file)s describes no file: add [accounts] and [postings].") % {"file": file})
    for role, section in roles.items():
        for key in NEEDED[role]:
            if key not in section:
                raise ProfileError(
                    _("%(file)s: [%(role)s] lacks the key “%(key)s”.") % {"file": file, "role": role, "key": key}
                )
    encoding = data.get("encoding", "auto")
    return Profile(
        name=name,
        title=data["title"],
        source=data["source"],
        delimiter=data.get("delimiter", ","),
        encoding=None if encoding == "auto" else encoding,
        date=data["date"],
        currency=data.get("currency", "CNY"),
        roles=roles,
    )
