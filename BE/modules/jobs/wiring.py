from dependency_injector.containers import DeclarativeContainer

from BE.core.events import Delivery, EventBus
from BE.core.jobs import Jobs
from BE.core.wiring.context import Context
from BE.core.wiring.declaring import needed, singleton
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.jobs.router import router
from BE.modules.jobs.service import JobService


class JobsContainer(DeclarativeContainer):
    # core
    jobs: Jobs = needed()

    job_service = singleton(JobService, jobs)


def subscribe(bus: EventBus, objects: JobsContainer) -> None:
    service = objects.job_service
    bus.subscribe(UserDeleted, service.on_user_deleted, Delivery.IN_TRANSACTION)
    bus.subscribe(
        UserDeletionSettled, service.on_user_deleted, name="jobs.on_user_deletion_settled"
    )


CONTEXT = Context(
    name="jobs",
    container=JobsContainer,
    routers=(router,),
    subscribe=subscribe,
)
