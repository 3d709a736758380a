"""Schemas for bodies that an endpoint reads or writes by itself."""

from typing import Any

from pydantic import BaseModel

SCHEMAS = "#/components/schemas/"


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of ``model``; the document moves what it refers to, its ``$defs``."""
    return model.model_json_schema(ref_template=SCHEMAS + "{model}")
