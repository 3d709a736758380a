"""What the server has saved, which a page shows before."""

from tests.support.people import Person
from tests.support.processes.server import wait_for


def wait_for_version(person: Person, version: int) -> None:
    """Wait until the oldest task of somebody has had so many changes, less one."""
    wait_for(lambda: person.tasks()[-1]["version"] == version, f"version {version} to be saved")
