"""A field with a scope of API keys, whose names the OpenAPI document lists."""

from typing import Annotated

from pydantic import Field

SCOPE_NAME = "x-scope-name"
"""Marks the schema until the document is complete."""

type Scope = Annotated[str, Field(max_length=100, json_schema_extra={SCOPE_NAME: True})]
