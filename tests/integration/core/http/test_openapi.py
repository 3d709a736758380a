"""The OpenAPI document has what a generated client relies on."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from BE.core.exceptions import DomainError, ErrorCode
from config import Settings
from container import Container
from main import create_app
from tests.support.contexts import needs
from tests.support.project import subclasses

CODES = set(get_args(ErrorCode.__value__))


@pytest.fixture(scope="module")
def document(base_settings: Settings) -> dict[str, Any]:
    return create_app(Container(base_settings)).openapi()


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def operation(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(found for found in operations(document) if found["operationId"] == name)


def answers(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        status: resolved(document, response) if "$ref" in response else response
        for status, response in operation["responses"].items()
    }


def resolved(document: dict[str, Any], reference: dict[str, str]) -> dict[str, Any]:
    _, components, kind, name = reference["$ref"].split("/")
    found: dict[str, Any] = document[components][kind][name]
    return found


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for found in operations(document):
        for body in (found.get("requestBody", {}), *answers(document, found).values()):
            for kind, content in body.get("content", {}).items():
                yield f"{found['operationId']} {kind}", content


def codes(document: dict[str, Any], name: str, status: int) -> list[str]:
    response = answers(document, operation(document, name))[str(status)]
    schema = resolved(document, response["content"]["application/json"]["schema"])
    found: list[str] = schema["properties"]["code"]["enum"]
    return found


class TestErrors:
    @needs("tasks")
    @pytest.mark.parametrize(
        ("name", "status", "expected"),
        [
            ("create_task", 401, {"UNAUTHORIZED", "TOKEN_EXPIRED"}),
            ("create_task", 409, {"CONFLICT", "IDEMPOTENCY_IN_FLIGHT"}),
            ("create_task", 422, {"VALIDATION_ERROR", "IDEMPOTENCY_KEY_REUSED"}),
            ("register", 422, {"VALIDATION_ERROR", "WEAK_PASSWORD"}),
            ("login", 401, {"INVALID_CREDENTIALS", "SECOND_FACTOR_REQUIRED"}),
            ("refresh", 401, {"INVALID_REFRESH_TOKEN", "REFRESH_TOKEN_REUSED"}),
            ("verify_email", 401, {"UNAUTHORIZED"}),
            (
                "change_password",
                401,
                {"UNAUTHORIZED", "TOKEN_EXPIRED", "INVALID_CREDENTIALS"},
            ),
            ("read_task", 404, {"NOT_FOUND"}),
            ("read_task", 503, {"UNAVAILABLE", "OUTCOME_UNKNOWN"}),
        ],
    )
    def test_each_operation_names_its_codes(
        self, document: dict[str, Any], name: str, status: int, expected: set[str]
    ) -> None:
        assert set(codes(document, name, status)) == expected

    def test_every_error_answer_lists_known_codes(self, document: dict[str, Any]) -> None:
        for found in operations(document):
            for status in filter(lambda status: status >= "400", found["responses"]):
                if (found["operationId"], status) != ("health", "503"):
                    assert set(codes(document, found["operationId"], int(status))) <= CODES

    @needs("tasks")
    def test_operations_share_a_common_error_by_reference(self, document: dict[str, Any]) -> None:
        for name in ("read_task", "change_task"):
            answer = operation(document, name)["responses"]["404"]
            assert answer == {"$ref": "#/components/responses/NotFoundError"}

    def test_every_code_of_an_error_is_listed(self) -> None:
        assert {error.code for error in subclasses(DomainError)} <= CODES


class TestHeaders:
    def test_every_answer_declares_the_request_id(self, document: dict[str, Any]) -> None:
        for found in operations(document):
            for response in answers(document, found).values():
                assert "X-Request-ID" in response["headers"]

    @needs("tasks")
    @pytest.mark.parametrize(
        ("name", "status", "header"),
        [
            ("create_task", "201", "Location"),
            ("create_task", "201", "ETag"),
            ("create_task", "201", "Idempotency-Replayed"),
            ("read_my_profile", "200", "ETag"),
            ("read_my_profile", "304", "ETag"),
            ("change_task", "412", "ETag"),
            ("change_task", "429", "Retry-After"),
            ("change_task", "401", "WWW-Authenticate"),
            ("export_tasks", "200", "Content-Disposition"),
            ("login", "200", "Set-Cookie"),
        ],
    )
    def test_answers_declare_their_own_headers(
        self, document: dict[str, Any], name: str, status: str, header: str
    ) -> None:
        assert header in answers(document, operation(document, name))[status]["headers"]


class TestSchemas:
    def test_names_are_readable(self, document: dict[str, Any]) -> None:
        for name in document["components"]["schemas"]:
            assert re.fullmatch("([A-Z][a-z]+)+", name), name

    def test_answers_may_gain_fields(self, document: dict[str, Any]) -> None:
        for name, schema in document["components"]["schemas"].items():
            if name.endswith(("Response", "Error")):
                assert schema.get("additionalProperties") is not False, name

    def test_no_field_has_a_default(self, document: dict[str, Any]) -> None:
        for schema in document["components"]["schemas"].values():
            for field in schema.get("properties", {}).values():
                assert "default" not in field

    @needs("tasks")
    def test_no_parameter_is_null_and_a_condition_is_a_string(
        self, document: dict[str, Any]
    ) -> None:
        for found in operations(document):
            for parameter in found.get("parameters", ()):
                assert {"type": "null"} not in parameter["schema"].get("anyOf", ())
        parameters = operation(document, "change_task")["parameters"]
        [condition] = [parameter for parameter in parameters if parameter["name"] == "If-Match"]
        assert (condition["schema"]["type"], condition["required"]) == ("string", False)

    @needs("tasks")
    def test_items_of_files_are_typed(self, document: dict[str, Any]) -> None:
        imported = operation(document, "import_tasks")["requestBody"]["content"]
        exported = operation(document, "export_tasks")["responses"]["200"]["content"]

        assert imported["text/csv"]["schema"]["type"] == "string"
        for content, item in ((imported, "ImportedTask"), (exported, "TaskResponse")):
            items = content["application/json"]["schema"]["properties"]["items"]["items"]
            assert items == {"$ref": f"#/components/schemas/{item}"}


def test_examples_of_errors_are_realistic(document: dict[str, Any]) -> None:
    found = [content["example"] for _, content in bodies(document)]
    errors = [example for example in found if "details" in example and "error" in example]
    examples = {example["code"]: example for example in errors}

    assert {"CONFLICT", "INVALID_CREDENTIALS", "INTERNAL_ERROR", "TIMEOUT"} <= examples.keys()
    for code, example in examples.items():
        assert "text" not in json.dumps(example).split('"'), code
        assert bool(example["details"]) == (code == "VALIDATION_ERROR")
    assert examples["INVALID_CREDENTIALS"]["error"] == "Incorrect email or password"
    assert examples["VALIDATION_ERROR"]["error"] == "What was sent is not valid"
    assert examples["CONFLICT"]["error"] == "The request conflicts with what is stored"


def test_every_body_has_an_example_that_is_valid(document: dict[str, Any]) -> None:
    for name, content in bodies(document):
        assert "example" in content, name
        schema = content["schema"] | {"components": document["components"]}
        Draft202012Validator(schema).validate(content["example"])
