"""Waiting for the server to save a change, which a page shows before it is saved."""

from tests.support.people import Person
from tests.support.processes.server import wait_for


def wait_for_version(person: Person, version: int) -> None:
    """Wait until the oldest task of a person has this version."""
    wait_for(lambda: person.tasks()[-1]["version"] == version, f"version {version} to be saved")
