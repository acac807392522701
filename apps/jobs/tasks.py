from celery import shared_task

from apps.jobs.running import carry_out


@shared_task(name="jobs.run", acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def run(job_id: str) -> None:
    carry_out(job_id)
