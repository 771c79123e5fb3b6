"""The words of a case: kinds, states, sources, flags."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """Different procedures, told apart at the desk (DOMAIN.md 9.11)."""

    COMPLAINT = "complaint", _("Complaint")
    INQUIRY = "inquiry", _("Inquiry")
    SUGGESTION = "suggestion", _("Suggestion")
    REPORT = "report", _("Report of misconduct")
    PETITION = "petition", _("Petition")


class State(TextChoices):
    """DOMAIN.md 1.4"""

    REGISTERED = "registered", _("Registered")
    ACCEPTED = "accepted", _("Case accepted")
    ASSIGNED = "assigned", _("Assigned")
    CONTACTED = "contacted", _("Customer contacted")
    INVESTIGATING = "investigating", _("Being investigated")
    FOUND = "found", _("Finding signed")
    PLANNED = "planned", _("Solution decided")
    REPLIED = "replied", _("Answered")
    CLOSED = "closed", _("Case closed")
    CALLED_BACK = "called_back", _("Called back")
    ARCHIVED = "archived", _("Filed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    MERGED = "merged", _("Merged")
    REFUSED = "refused", _("Not accepted")
    TRANSFERRED = "transferred", _("Passed to another body")


# Somebody still works on these.
OPEN = frozenset(
    {
        State.REGISTERED,
        State.ACCEPTED,
        State.ASSIGNED,
        State.CONTACTED,
        State.INVESTIGATING,
        State.FOUND,
        State.PLANNED,
        State.REPLIED,
    }
)
ENDED = frozenset(State) - OPEN


class Level(TextChoices):
    """投诉等级"""

    ORDINARY = "ordinary", _("Ordinary")
    COMPLEX = "complex", _("Complex")
    MAJOR = "major", _("Major")


class Urgency(TextChoices):
    I = "1", _("I")  # noqa: E741 (the bank's own numerals)
    II = "2", _("II")
    III = "3", _("III")


class Source(TextChoices):
    """投诉来源: how it reached the bank."""

    COUNTER = "counter", _("At the outlet")
    PHONE = "phone", _("Telephone")
    CARD_CENTRE = "card", _("Card centre")
    ONLINE = "online", _("Website or app")
    MAIL = "mail", _("Letter or e-mail")
    NFRA = "nfra", _("Passed on by the NFRA (12378)")
    PBOC = "pboc", _("Passed on by the PBoC")
    PETITION = "petition", _("Passed on by the petition office")
    CITY = "12345", _("City hotline 12345")
    MEDIA = "media", _("Media")
    LOBBY = "lobby", _("Lobby event")


REGULATORS = frozenset({Source.NFRA, Source.PBOC, Source.PETITION, Source.CITY})


class Flag(TextChoices):
    """Sensitivity (DOMAIN.md 1.4)"""

    REGULATOR = "regulator", _("Regulator involved")
    OPINION = "opinion", _("Public opinion")
    JUSTICE = "justice", _("Court or police")
    PETITION = "petition", _("Petition")
    EXTREME = "extreme", _("Threat of extreme action")
    UPSET = "upset", _("Very upset")
    OCCUPATION = "occupation", _("Special occupation")


class Group(TextChoices):
    """特殊群体"""

    ELDERLY = "elderly", _("Elderly")
    DISABLED = "disabled", _("Disabled")
    MINOR = "minor", _("Minor")
    PREGNANT = "pregnant", _("Pregnant")
    FOREIGN = "foreign", _("Foreigner")
    SOLDIER = "soldier", _("Soldier or veteran")
    OTHER = "other", _("Other")


class Part(TextChoices):
    """Who somebody is in a case."""

    COMPLAINANT = "complainant", _("Complainant")
    REPRESENTATIVE = "representative", _("Representative of several")
    PROXY = "proxy", _("Proxy")
    HEIR = "heir", _("Heir")


class Face(TextChoices):
    """JR/T 0169-2018: three faces of the classification."""

    CHANNEL = "A", _("Channel of the business")
    BUSINESS = "B", _("Business category")
    CAUSE = "C", _("Cause")


class Finding(TextChoices):
    RESPONSIBLE = "yes", _("Bank at fault")
    PARTLY = "partly", _("Bank partly at fault")
    NOT = "no", _("Bank not at fault")


class Means(TextChoices):
    VISIT = "visit", _("Visit")
    MEETING = "meeting", _("In person at the bank")
    PHONE = "phone", _("Telephone")
    SMS = "sms", _("Text message")
    EMAIL = "email", _("E-mail")
    LETTER = "letter", _("Letter")


class Role(TextChoices):
    """What somebody is to a case; `access.roles_of` says which."""

    OFFICE = "office", _("Service office")
    INVESTIGATOR = "investigator", _("Investigator")
    CONTACT = "contact", _("Head of the outlet where it happened")
    FIRST = "first", _("First receiver")
    UPPER = "upper", _("Next level up")
    HEAD_OFFICE = "headoffice", _("Head-office customer management")
    CALLER = "caller", _("Somebody who did not handle it")
    SYSTEM = "system", _("The system")
