"""The shape of every event is on record: rows that were written yesterday are read tomorrow."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from BE.core.events import Event
from container import subscribe
from tests.support.project import ours

RECORD = Path(__file__).with_name("event_shapes.json")

CHANGED = """\
The shape of {name} is not the one on record, and deliveries of the old shape may still be pending.

- A new field that has a default: nothing breaks. Record it (below).
- Anything else: keep this class as it is, with its subscriptions, until none is pending; write a
  second class of the same name with `version = {next}`, and publish that.

python -m tests.architecture.test_event_shapes records the shapes as they are now.
"""


def shapes() -> dict[str, Any]:
    """What a payload looks like, by name and version; the container has imported every event."""
    assert callable(subscribe)
    found = {
        event_type.type_name(): TypeAdapter(event_type).json_schema() for event_type in ours(Event)
    }
    return dict(sorted((name, _plain(schema)) for name, schema in found.items()))


def _plain(schema: Any) -> Any:
    """Without what is said for readers."""
    if isinstance(schema, dict):
        return {
            name: _plain(value)
            for name, value in schema.items()
            if not (name in {"title", "description"} and isinstance(value, str))
        }
    return [_plain(part) for part in schema] if isinstance(schema, list) else schema


@pytest.mark.parametrize("name", sorted(shapes().keys() | json.loads(RECORD.read_text()).keys()))
def test_the_shape_of_an_event_is_the_one_on_record(name: str) -> None:
    recorded, found = json.loads(RECORD.read_text()), shapes()
    version = int(name.partition("@")[2])

    assert found.get(name) == recorded.get(name), CHANGED.format(name=name, next=version + 1)


if __name__ == "__main__":
    RECORD.write_text(json.dumps(shapes(), indent=2) + "\n")
