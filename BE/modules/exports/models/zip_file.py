from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo


class ZipWriter:
    """A zip that is removed in pieces while it is written, so that it is never whole in memory."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._sink = _Sink()
        self._zip = ZipFile(self._sink, "w", ZIP_DEFLATED)

    @contextmanager
    def file(self, name: str) -> Iterator[IO[bytes]]:
        """Add a file, whose content the block writes."""
        about = ZipInfo(name, self._now.timetuple()[:6])
        about.compress_type = ZIP_DEFLATED
        about.external_attr = 0o600 << 16
        with self._zip.open(about, "w") as file:
            yield file

    def close(self) -> None:
        """Write the list of contents, which comes last."""
        self._zip.close()

    @property
    def size(self) -> int:
        return self._sink.size

    @property
    def waiting(self) -> int:
        """How many bytes can be taken."""
        return len(self._sink.waiting)

    def take(self) -> bytes:
        taken = bytes(self._sink.waiting)
        self._sink.waiting.clear()
        return taken


class _Sink:
    """Cannot seek, so that the zip is written from its beginning to its end."""

    def __init__(self) -> None:
        self.waiting = bytearray()
        self.size = 0

    def write(self, content: bytes) -> int:
        self.waiting += content
        self.size += len(content)
        return len(content)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass
