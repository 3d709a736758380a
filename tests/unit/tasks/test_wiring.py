"""How the context of tasks is wired to the rest."""

from config import Settings
from container import subscribe
from tests.support.application import container_of


def test_an_override_reaches_every_consumer(base_settings: Settings) -> None:
    container = container_of(base_settings)
    stand_in = object()
    container.task_repository.override(stand_in)

    assert container.task_service()._repository is stand_in
    assert container.task_order_service()._repository is stand_in
    assert container.task_bulk_service()._repository is stand_in


def test_the_trash_is_purged_every_hour(base_settings: Settings) -> None:
    """Deliveries are stored under this handler name."""
    settings = base_settings.model_copy(update={"database_url": "postgresql://nowhere/none"})
    container = container_of(settings)
    subscribe(container)

    assert "tasks.on_hour_passed" in {
        subscription.name for subscription in container.events().durable
    }
