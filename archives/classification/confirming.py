"""Confirming a unit."""


def confirm_unit(*, unit, version: int, actor, meeting_number: str, effective_on, now):
    raise NotImplementedError
