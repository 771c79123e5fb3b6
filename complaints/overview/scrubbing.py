"""What leaves the bank in a file says nobody's name or number: also not inside what people typed."""

import re
from collections.abc import Iterable

from crm.privacy.masks import mask_name

# Whatever looks like a document, an account, a mobile or a landline number, also written in groups; an e-mail address.
# A case number (TS20261124-00001), a day and an amount of money stay.
LONG = re.compile(
    r"(?<![0-9A-Za-z])(?!20[0-9]{6}-|[12][0-9]{3}-[01][0-9]-[0-3][0-9])[0-9](?:[ -]?[0-9]){9,22}[Xx]?(?![0-9A-Za-z])"
)
LANDLINE = re.compile(r"(?<![0-9])0[0-9]{2,3}[- ]?[0-9]{7,8}(?![0-9])")
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+", re.ASCII)


def scrub(text: str, names: Iterable[str] = ()) -> str:
    """`text` with numbers struck out and each of `names` masked."""
    for name in sorted({name for name in names if len(name) > 1}, key=len, reverse=True):
        text = text.replace(name, mask_name(name))
    for pattern in (MAIL, LANDLINE, LONG):
        text = pattern.sub("***", text)
    return text
