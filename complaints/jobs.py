"""The jobs of complaints, handed to the ledger in plain sight."""

from crm.jobs.registry import Job

JOBS: list[Job] = []
