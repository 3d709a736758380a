"""The front end is built with its dependencies: `make run` and the image install no others."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.project import ROOT

FE = ROOT / "FE"
_IMPORTED = re.compile(r"""(?:\bfrom |\bimport |\bimport\()"((?:@[\w-]+/)?[\w-]+)[/"]""")


def built() -> Iterator[Path]:
    """The files of the build, without those of its tests."""
    yield FE / "vite.config.ts"
    for path in sorted((FE / "src").rglob("*.ts*")):
        if ".test." not in path.name and path.parent.name != "testing":
            yield path


def postcss_plugins() -> list[str]:
    """The plugins: the configuration names them without an import."""
    return re.findall(r'"([\w-]+)": \{', (FE / "postcss.config.js").read_text())


def test_packages_that_the_build_imports_are_dependencies() -> None:
    package = json.loads((FE / "package.json").read_text())
    imported = {
        name: path.relative_to(ROOT)
        for path in built()
        for name in _IMPORTED.findall(path.read_text())
    }

    imported |= {name: Path("FE/postcss.config.js") for name in postcss_plugins()}
    assert {"react", "vite", "@mantine/core"} <= set(imported)
    missing = {name: path for name, path in imported.items() if name not in package["dependencies"]}
    assert missing == {}, "move these from devDependencies to dependencies"
