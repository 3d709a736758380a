import asyncio
from collections import deque
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl


class PipelineFlow(FlowControl):
    """Stops reading from a connection while requests on it wait for earlier answers.

    Uvicorn would read on with every answer and every body, and hold what arrives.
    """

    def __init__(self, transport: asyncio.Transport, pipeline: deque[Any]) -> None:
        super().__init__(transport)
        self._pipeline = pipeline

    def resume_reading(self) -> None:
        if self.read_paused and not self._pipeline:
            super().resume_reading()
