"""Example values, made from a schema: its own examples, else what its type suggests."""

from collections.abc import Mapping
from typing import Any

type Schemas = Mapping[str, Mapping[str, Any]]

_OF_FORMAT = {
    "uuid": "019a1fdb-7037-7cc2-8f4e-4d1c2b3a5e6f",
    "date-time": "2030-01-31T09:30:00Z",
    "date": "2030-01-31",
    "uri": "https://example.com",
}
_OF_TYPE: dict[str, Any] = {"string": "text", "integer": 1, "number": 0.5, "boolean": True}


def example_of(schema: Mapping[str, Any], schemas: Schemas) -> Any:
    """A value that the schema accepts; ``schemas`` are those that a ``$ref`` can name."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if given := schema.get("examples") or schema.get("enum") or _constant(schema):
        return given[0]
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return example_of(choices[0], schemas)
    if schema.get("type") == "array":
        return [example_of(schema.get("items", {}), schemas)]
    if schema.get("type") == "object":
        return {
            name: example_of(field, schemas)
            for name, field in schema.get("properties", {}).items()
            if name in schema.get("required", ()) or _gives_examples(field)
        }
    return _OF_FORMAT.get(schema.get("format", ""), _OF_TYPE.get(schema.get("type", "")))


def _constant(schema: Mapping[str, Any]) -> list[Any]:
    return [schema["const"]] if "const" in schema else []


def _gives_examples(schema: Mapping[str, Any]) -> bool:
    """Whether to show an optional field: of two that exclude each other, neither is shown."""
    return "examples" in schema or any("examples" in one for one in schema.get("anyOf", ()))
