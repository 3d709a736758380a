"""The built front end, held in memory: a request's path is looked up, and never opens a file."""

import gzip
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from itertools import filterfalse
from mimetypes import MimeTypes
from pathlib import Path, PurePosixPath
from typing import Self

import structlog
from fastapi import Request, Response, status

from BE.core.http.accepted import accepted_by, weight_of
from BE.core.http.preconditions import held_by

ASSETS = "/assets/"
"""Names below it contain a hash of the content."""

_PAGE = "/index.html"
# component libraries set styles by script; scripts come only from files
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'"
)
_FOR_A_YEAR = "public, max-age=31536000, immutable, no-transform"
_REVALIDATE = "no-cache, no-transform"
_OF_CONTENT = {"Content-Encoding", "Content-Type"}
_SUFFIXES = {"br": ".br", "gzip": ".gz"}  # of codings, the best first
_TEXT = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
_TYPES = MimeTypes()  # our own, so that no file of the machine influences it
_TYPES.types_map[True].update(
    {
        ".map": "application/json",
        ".otf": "font/otf",
        ".ttf": "font/ttf",
        ".webp": "image/webp",
        ".woff": "font/woff",
        ".woff2": "font/woff2",
    }
)

log = structlog.get_logger(__name__)


class File:
    """A file of the front end, plain and compressed."""

    def __init__(self, path: str, contents: Mapping[str, bytes]) -> None:
        """``contents`` by their content coding; the plain one is ``identity``."""
        kind = _type_of(path)
        self._contents = dict(contents)
        if kind.startswith(_TEXT) and "gzip" not in self._contents:
            self._contents["gzip"] = gzip.compress(contents["identity"], mtime=0)
        self._headers = {
            coding: {
                "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
                "Content-Security-Policy": _POLICY,
                "Cache-Control": _FOR_A_YEAR if path.startswith(ASSETS) else _REVALIDATE,
                "ETag": f'"{blake2b(content, digest_size=16).hexdigest()}"',
                "Vary": "Accept, Accept-Encoding" if path == _PAGE else "Accept-Encoding",
                **({} if coding == "identity" else {"Content-Encoding": coding}),
            }
            for coding, content in self._contents.items()
        }

    def answer(self, request: Request) -> Response:
        """The file, coded as accepted; 304 if the client holds it. Raises MalformedCondition."""
        coding = self._coding_for(accepted_by(request.scope, b"accept-encoding"))
        headers = self._headers[coding]
        if held_by(request).holds(headers["ETag"]):
            # with the policy: a browser replaces its stored headers by those of a 304
            kept = {name: value for name, value in headers.items() if name not in _OF_CONTENT}
            return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=kept)
        return Response(self._contents[coding], headers=headers)

    def _coding_for(self, accepted: Mapping[str, float]) -> str:
        codings = [coding for coding in _SUFFIXES if coding in self._contents]
        best = max(codings, key=lambda coding: weight_of(coding, accepted), default="identity")
        return best if weight_of(best, accepted) > 0 else "identity"


class FrontEnd:
    """The files by their paths."""

    def __init__(self, files: Mapping[str, File]) -> None:
        self._files = files

    @classmethod
    def read(cls, directory: Path, *, root_path: str) -> Self | None:
        """``None`` where none is built; ``root_path`` is the prefix of each of its addresses."""
        try:
            contents = _contents_in(directory)
        except OSError as error:
            log.warning("front_end_unreadable", cause=repr(error))
            return None
        if _PAGE not in contents:
            return None
        if root_path:
            page = contents[_PAGE]["identity"]
            base = f'<base href="{root_path}/"'.encode()
            contents[_PAGE] = {"identity": page.replace(b'<base href="/"', base)}
        return cls({path: File(path, content) for path, content in contents.items()})

    def is_current(self) -> bool:
        """Always: a later build is read by the next start."""
        return True

    def find(self, request: Request) -> File | None:
        """The file at the path, or the page, which renders any path, if the client wants HTML."""
        path = request.scope["path"]
        file = self._files.get(path)
        if file is None and not path.startswith(ASSETS) and _wants_html(request):
            return self._files[_PAGE]
        return file


def _wants_html(request: Request) -> bool:
    """Whether the client names HTML, as browsers do for pages; ``*/*`` alone does not."""
    return accepted_by(request.scope, b"accept").get("text/html", 0) > 0


def _contents_in(directory: Path) -> dict[str, dict[str, bytes]]:
    """The contents of the files by path and coding."""
    found = dict(_files_in(directory))
    contents = {
        path: {
            "identity": file.read_bytes(),
            **{
                coding: found[path + suffix].read_bytes()
                for coding, suffix in _SUFFIXES.items()
                if path + suffix in found
            },
        }
        for path, file in found.items()
    }
    for path in found:
        for suffix in _SUFFIXES.values():
            contents.pop(path + suffix, None)  # a coding of that file, and no file of its own
    return contents


def _files_in(directory: Path) -> Iterator[tuple[str, Path]]:
    """The files and their paths; hidden files stay hidden."""
    for folder, folders, names in directory.walk():
        folders[:] = filterfalse(_is_hidden, folders)
        path = PurePosixPath("/", folder.relative_to(directory))
        for name in filterfalse(_is_hidden, names):
            file = folder / name
            if file.is_file():
                yield f"{path / name}", file


def _is_hidden(name: str) -> bool:
    return name.startswith(".") and name != ".well-known"


def _type_of(path: str) -> str:
    return _TYPES.guess_type(path)[0] or "application/octet-stream"
