import fcntl
from pathlib import Path

from fastapi import Request

from BE.core.http.front_end import File, FrontEnd


class FollowedFrontEnd:
    """The front end as it is built now: development builds it while the server runs."""

    def __init__(self, directory: Path, *, root_path: str) -> None:
        self._directory = directory
        self._root_path = root_path
        self._read_build: tuple[int, int] | None = None
        self._front_end: FrontEnd | None = None
        self._follow()

    def find(self, request: Request) -> File | None:
        """As :meth:`FrontEnd.find`; ``None`` where none is built."""
        self._follow()
        return self._front_end.find(request) if self._front_end else None

    def is_current(self) -> bool:
        """Whether no newer build is being made: that locks the page which it replaces."""
        try:
            with (self._directory / "index.html").open() as page:
                fcntl.flock(page, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # there is none, and none is being made
        return True

    def _follow(self) -> None:
        build = self._build()
        if build != self._read_build:
            self._front_end = FrontEnd.read(self._directory, root_path=self._root_path)
            self._read_build = build

    def _build(self) -> tuple[int, int] | None:
        """Identifies the build; ``None`` where there is none."""
        try:
            page = (self._directory / "index.html").stat()
        except OSError:
            return None
        return page.st_ino, page.st_mtime_ns


def open_front_end(
    directory: Path, root_path: str, *, follow: bool
) -> FrontEnd | FollowedFrontEnd | None:
    """The front end built in a directory; ``None`` where none is, unless it is to be followed."""
    read = FollowedFrontEnd if follow else FrontEnd.read
    return read(directory, root_path=root_path)
