import json
from typing import Annotated, Any

import typer

from BE.core.http.paths import FIRST_VERSION
from commands.running import exit_on_expected_error, load_settings_without_port
from config import Settings


def openapi(
    version: Annotated[int, typer.Option(help="Of the API: 1 for /api/v1.")] = FIRST_VERSION,
) -> None:
    """Print the OpenAPI document of a version of the API."""
    with exit_on_expected_error(NoSuchVersion):
        documents = openapi_documents(load_settings_without_port())
        if version not in documents:
            there = ", ".join(map(str, documents))
            raise NoSuchVersion(f"There is no version {version} of the API, but {there}.")
    typer.echo(json.dumps(documents[version], indent=2))


class NoSuchVersion(Exception):
    """The message lists the existing ones."""


def openapi_documents(settings: Settings) -> dict[int, dict[str, Any]]:
    """By the versions of the API."""
    from container import Container
    from main import create_app

    documents = create_app(Container(settings=settings)).state.documents
    return {version: documents.of(version) for version in documents.versions}
