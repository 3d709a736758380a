import json

import typer

from commands.running import exit_on_expected_error, load_settings_without_port


def openapi() -> None:
    """Print the OpenAPI document."""
    from container import Container
    from main import create_app

    with exit_on_expected_error():
        app = create_app(Container(settings=load_settings_without_port()))
    typer.echo(json.dumps(app.openapi(), indent=2))
