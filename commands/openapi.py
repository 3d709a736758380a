import json

import typer

from commands.running import told_in_one_sentence
from config import load_settings


def openapi() -> None:
    """Print the OpenAPI document."""
    from container import Container
    from main import create_app

    with told_in_one_sentence():
        app = create_app(Container(settings=load_settings()))
    typer.echo(json.dumps(app.openapi(), indent=2))
