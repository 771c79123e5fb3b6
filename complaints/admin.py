"""What of complaints stands in Django admin, topic by topic: Django looks here."""

from complaints.intake import admin as intake

__all__ = ["intake"]
