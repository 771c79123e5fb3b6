"""What may be done about classes: each verb in the module that decides it."""

from archives.classification.confirming import confirm_unit
from archives.classification.overriding import end_override, override
from archives.classification.running import JOB, release_run, run
from archives.classification.schemes import decide_scheme, propose_scheme, scheme_for, steps_of, withdraw_scheme
from archives.classification.simulating import simulate

__all__ = [
    "JOB",
    "confirm_unit",
    "decide_scheme",
    "end_override",
    "override",
    "propose_scheme",
    "release_run",
    "run",
    "scheme_for",
    "simulate",
    "steps_of",
    "withdraw_scheme",
]
