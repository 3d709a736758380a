import pytest
from fastapi import FastAPI


@pytest.fixture(autouse=True)
async def nothing_set(app: FastAPI) -> None:
    """The application knows that the tables were emptied since the last test."""
    await app.state.container.flag_snapshots().load()
