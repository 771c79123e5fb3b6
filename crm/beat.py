"""The calendar of Celery beat. Beat only knocks: each entry asks the ledger whether a period of that job is due, and
the sweep asks for all of them. A missed tick, two beats or a lost schedule file change nothing (crm/jobs).

Times are Asia/Shanghai. A test holds that every job with periods has its entry here.
"""

from celery.schedules import crontab

SWEEP = {"task": "crm.jobs.tasks.sweep", "schedule": 30.0, "options": {"queue": "fast", "expires": 25}}


def knock(job: str, **when) -> dict:
    """Ask for the due periods of `job` at a minute past the moments of `when`."""
    return {"task": "crm.jobs.tasks.knock", "args": [job], "schedule": crontab(**{"minute": 1} | when), "options": {"queue": "fast"}}  # fmt: skip


BEAT_SCHEDULE = {
    # A knock that no worker heard within half a minute is stale: the next one says the same.
    "sweep": SWEEP,
    # Limits of complaints: what came near or passed in this minute
    "sweep-clocks": {
        "task": "complaints.tasks.sweep_clocks",
        "schedule": 60.0,
        "options": {"queue": "fast", "expires": 55},
    },
    # Ground floor
    "expire-sessions": knock("expire-sessions", hour=3),
    "prune-notices": knock("prune-notices", hour=3),
    "calendar-warning": knock("calendar-warning", hour=8, day_of_month=1),
    # Archives, day by day
    "reroute-requests": knock("reroute-requests"),
    "change-reminders": knock("change-reminders", hour=8),
    "document-expiry": knock("document-expiry", hour=8),
    "refresh-figures": knock("refresh-figures", hour=6),
    "stale-intelligence": knock("stale-intelligence", hour=8),
    "late-postings": knock("late-postings", hour=9),
    # Retention
    "watch-clock": knock("watch-clock"),
    "retention-due": knock("retention-due", hour=7),
    "remove-purged-files": knock("remove-purged-files"),
    "find-dead-archives": knock("find-dead-archives", hour=4, day_of_month=1),
    # Complaints
    "watch-lobbies": {
        "task": "complaints.tasks.watch_lobbies",
        "schedule": 60.0,
        "options": {"queue": "fast", "expires": 55},
    },
    "reroute-cases": knock("reroute-cases"),
    "briefing-reminders": knock("briefing-reminders", hour=10),
    "improvement-tasks": knock("improvement-tasks", hour=8),
    # Months: the first working day comes within the first ten
    "monthly-archive-meetings": knock("monthly-archive-meetings", hour=6, day_of_month="1-10"),
    # Quarters, half-years and years; a run that waits for its data comes again by itself
    "reclassification": knock("reclassification", hour=7, day_of_month=1, month_of_year="1,4,7,10"),
    "quarterly-meetings": knock("quarterly-meetings", hour=7, day_of_month=1, month_of_year="1,4,7,10"),
    "half-year-analyses": knock("half-year-analyses", hour=7, day_of_month=31, month_of_year="1,7"),
    "annual-analyses": knock("annual-analyses", hour=7, day_of_month=31, month_of_year=1),
    "points-reminders": knock("points-reminders", hour=8),
}
