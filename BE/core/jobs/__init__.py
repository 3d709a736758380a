"""Background work: enqueued in a transaction, done by any process, retried."""

from BE.core.jobs.answers import JobAnswer, answer_of
from BE.core.jobs.cron import Every
from BE.core.jobs.handlers import JobHandlers
from BE.core.jobs.job import Job, JobRefused, JobState, Priority, StoredJob
from BE.core.jobs.jobs import Enqueued, Jobs
from BE.core.jobs.run import JobCancelled, Run

__all__ = [
    "Enqueued",
    "Every",
    "Job",
    "JobAnswer",
    "JobCancelled",
    "JobHandlers",
    "JobRefused",
    "JobState",
    "Jobs",
    "Priority",
    "Run",
    "StoredJob",
    "answer_of",
]
