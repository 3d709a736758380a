import asyncio
from datetime import datetime
from uuid import UUID

from BE.core.personal_data import Rows
from BE.modules.exports.exceptions import ExportTooLarge
from BE.modules.exports.models import ZipWriter, json_lines
from BE.modules.exports.repository import ExportRepository

_PIECE = 256 * 1024


class StoredZip:
    """A zip that is stored in pieces of about 256 KiB, in the ambient transaction.

    It is compressed in a thread, so that other requests are served meanwhile.
    """

    def __init__(
        self, repository: ExportRepository, export_id: UUID, now: datetime, *, largest: int
    ) -> None:
        """``largest`` is in bytes."""
        self._repository = repository
        self._export_id = export_id
        self._writer = ZipWriter(now)
        self._largest = largest
        self._pieces = 0

    def add_text(self, name: str, content: bytes) -> None:
        with self._writer.file(name) as file:
            file.write(content)

    async def add_rows(self, name: str, rows: Rows) -> None:
        """A JSON array with a line for each row. Raises :class:`ExportTooLarge`."""
        separator = b""
        with self._writer.file(name) as file:
            file.write(b"[\n")
            async for batch in rows:
                if not batch:
                    continue
                await asyncio.to_thread(file.write, separator + json_lines(batch))
                separator = b",\n"
                await self._store(at_least=_PIECE)
            file.write(b"\n]\n")

    async def close(self) -> int:
        """Return the size. Raises :class:`ExportTooLarge`."""
        self._writer.close()
        await self._store(at_least=1)
        return self._writer.size

    async def _store(self, *, at_least: int) -> None:
        if self._writer.size > self._largest:
            raise ExportTooLarge
        if self._writer.waiting >= at_least:
            await self._repository.add_piece(self._export_id, self._pieces, self._writer.take())
            self._pieces += 1
