"""Sent by services when somebody's rights change; the access log listens (it stands on a higher floor)."""

from django.dispatch import Signal

employment_changed = Signal()  # user, actor, what (a short English word or two), now
