"""Changes of files that are all made, or none."""

import shutil
from pathlib import Path
from types import TracebackType
from typing import Self


class Changes:
    """Undone if the block ends with an error."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._before: dict[Path, bytes | None] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._undo()

    @property
    def made(self) -> list[Path]:
        """The files that were created or changed."""
        return sorted(
            path
            for path, before in self._before.items()
            if path.exists() and path.read_bytes() != before
        )

    def keep(self, path: Path) -> None:
        """Remember a file that other code is going to write."""
        if path not in self._before:
            self._before[path] = path.read_bytes() if path.exists() else None

    def before(self, path: Path) -> str:
        """The text that a file had; empty without it."""
        return (self._before.get(path) or b"").decode()

    def note(self, path: Path) -> None:
        """Remember a file that other code has created."""
        self._before[path] = None

    def write(self, path: Path, text: str) -> None:
        self.keep(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def delete(self, path: Path) -> None:
        """A file, or a folder with everything in it."""
        if not path.exists():
            return
        for file in path.rglob("*") if path.is_dir() else (path,):
            if file.is_file() and "__pycache__" not in file.parts:
                self.keep(file)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

    def _undo(self) -> None:
        for path, before in self._before.items():
            if before is None:
                path.unlink(missing_ok=True)
                self._remove_empty(path.parent)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(before)

    def _remove_empty(self, folder: Path) -> None:
        while folder != self._root and folder.is_dir():
            shutil.rmtree(folder / "__pycache__", ignore_errors=True)
            if any(folder.iterdir()):
                return
            folder.rmdir()
            folder = folder.parent
