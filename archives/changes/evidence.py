"""Evidence files: what hangs on a request, how it is kept, who may fetch it."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from archives.changes.models import ChangeRequest, Evidence
from crm.lib.uploads import bad_upload, keep_all, read_upload

FILES = 5


def keep_evidence(*, request: ChangeRequest, files: Sequence, actor, now: datetime) -> list[Evidence]:
    """Store uploads under random names outside the web root. Raise Refused with what is wrong.

    Call it last in its transaction: what fails after it would leave a file without a row.
    """
    if request.evidence.count() + len(files) > FILES:
        raise bad_upload(_("At most %(n)s files can be attached to a request.") % {"n": FILES})
    return keep_all(files, lambda upload: _keep(request, upload, actor, now))


def _keep(request: ChangeRequest, upload, actor, now: datetime) -> Evidence:
    return read_upload(upload).keep_on(Evidence(request=request, round=request.round), actor=actor, now=now)
