from apps.core.events import Event

JOB_CANCELLED = Event("jobs.job_cancelled", "jobs.cancel_job", "Somebody asked for a job to stop before it was done.")
