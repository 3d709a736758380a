"""Which changes of the OpenAPI document break a client, and which do not."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, Protocol

import pytest
from fastapi import FastAPI

from BE.core.flags import Flags
from BE.core.http.documentation.document import complete_document
from BE.core.security.scopes import Scopes
from commands.client_breaks import find_breaks, oasdiff
from tests.support.specimen.router import router

type Document = dict[str, Any]
type Change = Callable[[Document], object]


class BreaksOf(Protocol):
    def __call__(
        self, change: Change, *, before: Change = ..., accepted: str = ...
    ) -> list[str]: ...


pytestmark = pytest.mark.skipif(
    oasdiff() is None, reason="oasdiff is not installed: `make client` installs it"
)

TEXT: Document = {"type": "string"}
NULL: Document = {"type": "null"}


@pytest.fixture(scope="module")
def released() -> Document:
    app = FastAPI(
        title="Specimens", version="1.0.0", generate_unique_id_function=lambda route: route.name
    )
    app.include_router(router)
    complete_document(app, [router], Scopes(), Flags())
    return app.openapi()


@pytest.fixture
def breaks_of(released: Document, tmp_path: Path) -> BreaksOf:
    def breaks_of(
        change: Change, *, before: Change = lambda _: None, accepted: str = ""
    ) -> list[str]:
        files = []
        for name, edit in (("released", before), ("current", change)):
            document = deepcopy(released)
            edit(document)
            files.append(tmp_path / f"{name}.json")
            files[-1].write_text(json.dumps(document))
        (tmp_path / "accepted.txt").write_text(accepted)
        return find_breaks(*files, accepted=tmp_path / "accepted.txt")

    return breaks_of


def operation(document: Document, name: str) -> Document:
    return next(
        found
        for path in document["paths"].values()
        for found in path.values()
        if found["operationId"] == name
    )


def schema(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def fields(document: Document, name: str) -> Document:
    found: Document = schema(document, name)["properties"]
    return found


def parameters(document: Document) -> list[Document]:
    found: list[Document] = operation(document, "list_specimens")["parameters"]
    return found


def responses(document: Document, name: str) -> Document:
    found: Document = operation(document, name)["responses"]
    return found


def rename(mapping: Document, name: str, new: str) -> object:
    return mapping.setdefault(new, mapping.pop(name))


BREAKING: dict[str, Change] = {
    # responses
    "a field of an answer is removed": lambda document: (
        fields(document, "SpecimenResponse").pop("kind"),
        schema(document, "SpecimenResponse")["required"].remove("kind"),
    ),
    "a field of an answer is renamed": lambda document: (
        rename(fields(document, "SpecimenResponse"), "kind", "sort"),
        schema(document, "SpecimenResponse")["required"].remove("kind"),
    ),
    "a field of an answer may be absent": lambda document: schema(document, "SpecimenResponse")[
        "required"
    ].remove("kind"),
    "a field of an answer may be null": lambda document: fields(
        document, "SpecimenResponse"
    ).update(title={"anyOf": [TEXT, NULL]}),
    "a field of an answer has another type": lambda document: fields(
        document, "SpecimenResponse"
    ).update(version=TEXT),
    "the items of an answer have another type": lambda document: fields(
        document, "SpecimenPageResponse"
    )["items"].update(items=TEXT),
    "an answer is never a value that it was": lambda document: fields(
        document, "SpecimenResponse"
    ).update(kind={**TEXT, "enum": ["plant", "animal"]}),
    "an error is never a code that it was": lambda document: fields(
        document, "ConflictOrIdempotencyInFlightError"
    )["code"]["enum"].remove("CONFLICT"),
    "a status is removed": lambda document: responses(document, "read_specimen").pop("304"),
    "the status of success is another": lambda document: rename(
        responses(document, "collect_specimen"), "201", "200"
    ),
    "the status of an error is removed": lambda document: responses(
        document, "change_specimen"
    ).pop("412"),
    "a header of an answer is removed": lambda document: responses(document, "collect_specimen")[
        "201"
    ]["headers"].pop("ETag"),
    "an answer has no body": lambda document: responses(document, "read_specimen")["200"].pop(
        "content"
    ),
    # request bodies
    "a field of a body is removed": lambda document: fields(document, "CollectRequest").pop("tags"),
    "a field of a body is renamed": lambda document: rename(
        fields(document, "CollectRequest"), "tags", "labels"
    ),
    "a field of a body has another type": lambda document: fields(document, "CollectRequest")[
        "tags"
    ].update(items={"type": "integer"}),
    "a field of a body is shorter": lambda document: fields(document, "CollectRequest")[
        "title"
    ].update(maxLength=100),
    "a field of a body that may be null is shorter": lambda document: fields(
        document, "CollectRequest"
    )["description"]["anyOf"][0].update(maxLength=100),
    "a field of a body has a pattern": lambda document: fields(document, "CollectRequest")[
        "title"
    ].update(pattern="^[a-z]+$"),
    "a field of a body may not be null": lambda document: fields(document, "CollectRequest").update(
        found_at={**TEXT, "format": "date-time"}
    ),
    "a field of a body is required": lambda document: schema(document, "CollectRequest")[
        "required"
    ].append("kind"),
    "a new field of a body is required": lambda document: (
        fields(document, "CollectRequest").update(colour=TEXT),
        schema(document, "CollectRequest")["required"].append("colour"),
    ),
    "a body may not have a value that it might": lambda document: fields(
        document, "CollectRequest"
    ).update(kind={**TEXT, "enum": ["plant", "animal"]}),
    "a body is required": lambda document: operation(document, "remove_specimen").update(
        requestBody={"required": True, "content": {"application/json": {"schema": TEXT}}}
    ),
    "a body has another media type": lambda document: rename(
        operation(document, "collect_specimen")["requestBody"]["content"],
        "application/json",
        "text/csv",
    ),
    # parameters and headers
    "a parameter is removed": lambda document: parameters(document).pop(),
    "a parameter is renamed": lambda document: parameters(document)[0].update(name="size"),
    "a parameter has another type": lambda document: parameters(document)[1].update(
        schema={"type": "integer"}
    ),
    "a parameter has a lower bound": lambda document: parameters(document)[0]["schema"].update(
        maximum=10
    ),
    "a parameter is required": lambda document: parameters(document)[1].update(required=True),
    "a new parameter is required": lambda document: parameters(document).append(
        {"name": "colour", "in": "query", "required": True, "schema": TEXT}
    ),
    "a header is required": lambda document: operation(document, "collect_specimen")["parameters"][
        1
    ].update(required=True),
    # operations and paths
    "an operation is removed": lambda document: document["paths"][
        "/api/v1/specimens/{specimen_id}"
    ].pop("patch"),
    "a path is removed": lambda document: document["paths"].pop("/api/v1/specimens/export"),
    "a path is renamed": lambda document: rename(
        document["paths"], "/api/v1/specimens/export", "/api/v1/specimens/file"
    ),
    "an operation has another name": lambda document: operation(document, "list_specimens").update(
        operationId="find_specimens"
    ),
    "an operation needs another token": lambda document: operation(
        document, "list_specimens"
    ).update(security=[{"session": []}]),
    "an operation needs a second token": lambda document: operation(
        document, "list_specimens"
    ).update(security=[{"access_token": [], "key": []}]),
}

HARMLESS: dict[str, Change] = {
    "nothing changes": lambda _: None,
    "an answer has a new field": lambda document: (
        fields(document, "SpecimenResponse").update(colour=TEXT),
        schema(document, "SpecimenResponse")["required"].append("colour"),
    ),
    "an answer has a new field that may be absent": lambda document: fields(
        document, "SpecimenResponse"
    ).update(colour=TEXT),
    "an answer is never null": lambda document: fields(document, "SpecimenResponse").update(
        description=TEXT
    ),
    "an error has a new code": lambda document: fields(document, "NotFoundError")["code"][
        "enum"
    ].append("GONE"),
    "an answer has a new status": lambda document: responses(document, "list_specimens").update(
        {"304": responses(document, "read_specimen")["304"]}
    ),
    "a body has a new field that may be absent": lambda document: fields(
        document, "CollectRequest"
    ).update(colour={"anyOf": [TEXT, NULL]}),
    "a field of a body may be absent": lambda document: schema(document, "CollectRequest")[
        "required"
    ].remove("title"),
    "a field of a body may be null": lambda document: fields(document, "CollectRequest").update(
        title={"anyOf": [fields(document, "CollectRequest")["title"], NULL]}
    ),
    "a field of a body is longer": lambda document: fields(document, "CollectRequest")[
        "title"
    ].update(maxLength=300),
    "there is a new value": lambda document: schema(document, "Kind")["enum"].append("shell"),
    "there is a new parameter that may be absent": lambda document: parameters(document).append(
        {"name": "colour", "in": "query", "required": False, "schema": TEXT}
    ),
    "there is a new operation": lambda document: document["paths"].update(
        {"/api/v1/colours": {"get": {**operation(document, "list_specimens"), "operationId": "c"}}}
    ),
    "there is another way in": lambda document: operation(document, "list_specimens").update(
        security=[{"key": []}, {"access_token": []}]
    ),
    "the token is optional": lambda document: operation(document, "list_specimens").update(
        security=[{"access_token": []}, {}]
    ),
    "an operation is deprecated": lambda document: operation(document, "list_specimens").update(
        deprecated=True
    ),
    "a field of a body is deprecated": lambda document: fields(document, "CollectRequest")[
        "tags"
    ].update(deprecated=True),
    "words and the version change": lambda document: (
        operation(document, "list_specimens").update(summary="Find", description="Find them."),
        document["info"].update(version="1.1.0"),
    ),
}


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING)
def test_a_client_breaks_when(breaks_of: BreaksOf, change: Change) -> None:
    assert breaks_of(change) != []


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_no_client_breaks_when(breaks_of: BreaksOf, change: Change) -> None:
    assert breaks_of(change) == []


def test_a_break_names_the_operation_and_what_was_removed(
    breaks_of: BreaksOf,
) -> None:
    [found] = breaks_of(lambda document: parameters(document).pop())

    assert found == "GET /api/v1/specimens deleted the `query` request parameter `cursor`"


def test_a_client_without_a_token_breaks_when_one_becomes_required(breaks_of: BreaksOf) -> None:
    def need_no_token(document: Document) -> None:
        operation(document, "list_specimens")["security"].append({})

    found = breaks_of(lambda _: None, before=need_no_token)

    assert found == ["GET /api/v1/specimens refuses callers who had access"]


def test_a_body_may_gain_an_alternative_but_lose_none(breaks_of: BreaksOf) -> None:
    def take(*kinds: str) -> Change:
        choices = [{"$ref": f"#/components/schemas/{kind}"} for kind in kinds]
        return lambda document: fields(document, "CollectRequest").update(kind={"oneOf": choices})

    assert breaks_of(take("Kind", "ChangeRequest"), before=take("Kind")) == []
    assert breaks_of(take("Kind"), before=take("Kind", "ChangeRequest")) != []


def test_an_accepted_break_is_not_reported(breaks_of: BreaksOf) -> None:
    def change(document: Document) -> None:
        parameters(document).pop()

    assert breaks_of(change, accepted="\n".join(breaks_of(change))) == []
