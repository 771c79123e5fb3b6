"""Files of a case: evidence of the customer, authorisations, letters."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from complaints.cases.models import Case, CaseFile
from complaints.intake.rules import CASE_FILES, FILES
from crm.lib.refusals import Refused
from crm.lib.uploads import keep_all, read_upload

FIELD = {CaseFile.Kind.EVIDENCE: "files", CaseFile.Kind.AUTHORITY: "authority_files"}


def keep_files(*, case: Case, files: Sequence, actor, now: datetime, authority: Sequence = ()) -> list[CaseFile]:
    """Store uploads under random names outside the web root. Raise Refused, at the field, with what is wrong.

    Call it last in its transaction: what fails after it would leave a file without a row.
    """
    kinds = [(upload, CaseFile.Kind.EVIDENCE) for upload in files]
    kinds += [(upload, CaseFile.Kind.AUTHORITY) for upload in authority]
    if len(kinds) > 2 * FILES or len(files) > FILES or len(authority) > FILES:
        raise _at("files", _("At most %(n)s files at once.") % {"n": FILES})
    if kinds and case.files.count() + len(kinds) > CASE_FILES:
        raise _at("files", _("A case holds at most %(n)s files.") % {"n": CASE_FILES})
    return keep_all(kinds, lambda pair: _keep(case, pair[0], pair[1], actor, now))


def _keep(case: Case, upload, kind: str, actor, now: datetime) -> CaseFile:
    try:
        read = read_upload(upload)
    except Refused as refusal:
        raise _at(FIELD[CaseFile.Kind(kind)], refusal.message) from refusal
    return read.keep_on(CaseFile(case=case, round=case.round, kind=kind), actor=actor, now=now)


def _at(field: str, message: str) -> Refused:
    return Refused(message, fields={field: [message]})
