import pytest
from fastapi import FastAPI


@pytest.fixture(autouse=True)
async def reloaded_flags(app: FastAPI) -> None:
    """Reload the flags, since the tables were emptied after the last test."""
    await app.state.container.flag_snapshots().load()
