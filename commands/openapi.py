import json
from typing import Any

import typer

from commands.running import exit_on_expected_error, load_settings_without_port
from config import Settings


def openapi() -> None:
    """Print the OpenAPI document."""
    with exit_on_expected_error():
        document = openapi_document(load_settings_without_port())
    typer.echo(json.dumps(document, indent=2))


def openapi_document(settings: Settings) -> dict[str, Any]:
    from container import Container
    from main import create_app

    return create_app(Container(settings=settings)).openapi()
