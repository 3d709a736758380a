import asyncio
from collections import deque
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl


class PipelineFlow(FlowControl):
    """Reads nothing more from a connection on which requests wait for the answers before theirs.

    Uvicorn reads on with every answer and every body that is asked for, and holds what comes.
    """

    def __init__(self, transport: asyncio.Transport, pipeline: deque[Any]) -> None:
        super().__init__(transport)
        self._pipeline = pipeline

    def resume_reading(self) -> None:
        if self.read_paused and not self._pipeline:
            super().resume_reading()
