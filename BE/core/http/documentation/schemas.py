"""Schemas for bodies that FastAPI does not describe."""

from typing import Any

from pydantic import BaseModel

SCHEMAS = "#/components/schemas/"


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of ``model``; the document moves its ``$defs``."""
    return model.model_json_schema(ref_template=SCHEMAS + "{model}")


def reference_to(model: type[BaseModel]) -> dict[str, Any]:
    """A reference to the schema of ``model``, which the document holds once."""
    return {"$ref": SCHEMAS + model.__name__}
