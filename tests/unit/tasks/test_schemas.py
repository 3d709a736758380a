"""Rows, models and schemas of tasks have the same fields."""

import dataclasses

from BE.modules.tasks.models import Task, TaskChanges, TaskDraft
from BE.modules.tasks.repository import finding
from BE.modules.tasks.schemas.requests import ChangeTaskRequest, CreateTaskRequest
from BE.modules.tasks.schemas.responses import TaskResponse

FIELDS = [field.name for field in dataclasses.fields(Task)]


def test_rows_and_models_have_the_same_columns() -> None:
    """Rows become models by position."""
    assert [column.partition("::")[0].strip() for column in finding.COLUMNS.split(",")] == FIELDS


def test_responses_and_models_have_the_same_fields() -> None:
    """A task is serialised without its schema, so both must have the same fields."""
    assert list(TaskResponse.model_fields) == FIELDS


def test_requests_and_models_have_the_same_fields() -> None:
    assert set(CreateTaskRequest.model_fields) == set(TaskDraft.__annotations__)
    assert set(ChangeTaskRequest.model_fields) == TaskChanges.__optional_keys__
