"""What of complaints stands in Django admin, topic by topic: Django looks here."""

from complaints.handling import admin as handling
from complaints.intake import admin as intake

__all__ = ["handling", "intake"]
