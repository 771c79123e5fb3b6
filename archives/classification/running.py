"""The ledger's job."""

JOB = "reclassification"


def run(*, period: str, run, now) -> None:
    raise NotImplementedError


def release_run(*, run, actor, reason: str, now):
    raise NotImplementedError
