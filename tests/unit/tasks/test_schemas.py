"""Rows, models and schemas of tasks are in step."""

import dataclasses

from BE.modules.tasks.models import Task, TaskChanges, TaskDraft
from BE.modules.tasks.repository import finding
from BE.modules.tasks.schemas.requests import ChangeTaskRequest, CreateTaskRequest
from BE.modules.tasks.schemas.responses import TaskResponse

FIELDS = [field.name for field in dataclasses.fields(Task)]


def test_rows_and_models_are_in_step() -> None:
    """Rows become models by position."""
    assert [column.partition("::")[0].strip() for column in finding.COLUMNS.split(",")] == FIELDS


def test_a_task_is_answered_as_it_is() -> None:
    """It is written without its schema, so no field may be in one and not in the other."""
    assert list(TaskResponse.model_fields) == FIELDS


def test_schemas_send_what_models_take() -> None:
    assert set(CreateTaskRequest.model_fields) == set(TaskDraft.__annotations__)
    assert set(ChangeTaskRequest.model_fields) == TaskChanges.__optional_keys__
