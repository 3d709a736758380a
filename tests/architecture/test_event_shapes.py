"""The shape of every event is recorded: later code must read the rows that are stored now."""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from BE.core.events import Event
from container import subscribe
from tests.support.project import ROOT, ours

SUPPORT = ROOT / "tests" / "support"
RECORDS = "event_shapes.json"
"""One file in tests/support/<context> for each context with events, and one for the core."""

CHANGED = """\
The shape of {name} is not the one on record, and deliveries of the old shape may still be pending.

- A new field that has a default: nothing breaks. Record it (below).
- Anything else: keep this class as it is, with its subscriptions, until none is pending; write a
  second class of the same name with `version = {next}`, and publish that.

python -m tests.architecture.test_event_shapes records the shapes as they are now.
"""


def record_of(event_type: type[Event]) -> Path:
    """Return the file that records the shape of an event."""
    _, area, context, *_ = event_type.__module__.split(".")
    return SUPPORT / (context if area == "modules" else "") / RECORDS


def shapes() -> dict[Path, dict[str, Any]]:
    """Return the schema of each payload, by record, then by name and version.

    Importing the container imports every event.
    """
    assert callable(subscribe)
    found: dict[Path, dict[str, Any]] = defaultdict(dict)
    for event_type in sorted(ours(Event), key=lambda event_type: event_type.type_name()):
        schema = TypeAdapter(event_type).json_schema()
        found[record_of(event_type)][event_type.type_name()] = _plain(schema)
    return found


def flat(records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {name: shape for record in records for name, shape in record.items()}


def _plain(schema: Any) -> Any:
    """Return a schema without titles and descriptions."""
    if isinstance(schema, dict):
        return {
            name: _plain(value)
            for name, value in schema.items()
            if not (name in {"title", "description"} and isinstance(value, str))
        }
    return [_plain(part) for part in schema] if isinstance(schema, list) else schema


FOUND = flat(shapes().values())
RECORDED = flat(json.loads(file.read_text()) for file in SUPPORT.rglob(RECORDS))


@pytest.mark.parametrize("name", sorted(FOUND.keys() | RECORDED.keys()))
def test_the_shape_of_an_event_is_the_one_on_record(name: str) -> None:
    version = int(name.partition("@")[2])

    assert FOUND.get(name) == RECORDED.get(name), CHANGED.format(name=name, next=version + 1)


if __name__ == "__main__":
    for file, record in shapes().items():
        file.write_text(json.dumps(record, indent=2) + "\n")
