from celery import shared_task

from contributors.services.signatures import purge_expired


@shared_task(name="contributors.purge_used_signatures", time_limit=60)
def purge_used_signatures() -> int:
    return purge_expired()
