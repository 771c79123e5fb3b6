"""What of complaints stands in Django admin, topic by topic: Django looks here."""

from complaints.duty import admin as duty
from complaints.handling import admin as handling
from complaints.intake import admin as intake

__all__ = ["duty", "handling", "intake"]
