"""Knock on the workers' door. A door that does not answer never hurts whoever knocks: the sweep comes by."""

import logging
import time

from kombu.exceptions import KombuError, OperationalError

logger = logging.getLogger(__name__)

QUIET = 15  # Seconds without another try after the broker failed: the next page does not wait for it too.
_quiet_until = 0.0


def ring_run(job: str, period: str, *, queue: str) -> bool:
    """Ask a worker to run one period now; False when the broker could not be told."""
    from crm.jobs.tasks import run

    return _ring(run, job, period, queue=queue)


def _ring(task, *args, queue: str) -> bool:
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return False
    try:
        task.apply_async(args=args, queue=queue, expires=90, retry=False)
    except (OperationalError, KombuError, OSError) as error:
        _quiet_until = time.monotonic() + QUIET
        logger.warning("broker unreachable: %s", type(error).__name__)
        return False
    return True
