"""A small built front end, and its files."""

import gzip
from pathlib import Path

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<base href="/" />
<title>Built</title>
<script type="module" src="./assets/app-3f2a1b.js"></script>
<link rel="stylesheet" href="./assets/app-9c8d7e.css">
</head>
<body><div id="root"></div></body>
</html>
"""
SCRIPT = "/assets/app-3f2a1b.js"
SCRIPT_TEXT = "document.title = new URL('x', document.baseURI).pathname\n" * 20
BROTLI = b"as brotli writes the script"
"""Not real Brotli: the server sends the bytes of the build as they are."""


def build(directory: Path, page: str = PAGE) -> Path:
    """Write the files of a build, with a secret beside them that must not be served."""
    dist = directory / "dist"
    files = {
        "index.html": page.encode(),
        "favicon.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "app.webmanifest": b'{"name": "Built"}',
        ".vite/manifest.json": b"{}",
        ".well-known/security.txt": b"Contact: mailto:security@example.com\n",
        SCRIPT[1:]: SCRIPT_TEXT.encode(),
        f"{SCRIPT[1:]}.br": BROTLI,
        f"{SCRIPT[1:]}.gz": gzip.compress(SCRIPT_TEXT.encode()),
        "assets/app-9c8d7e.css": b"body { color: black }\n" * 20,
        "assets/font-1a2b3c.woff2": b"wOF2",
    }
    for name, content in files.items():
        file = dist / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (directory / "secret.txt").write_text("secret")
    return dist
