"""nginx, HAProxy and Caddy, configured by ``deploy/proxies``, before servers of a test."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.processes.server import ROOT, free_port, wait_for

_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"


@dataclass(frozen=True)
class ReverseProxy:
    name: str
    config: str
    arguments: tuple[str, ...]
    replaced: tuple[tuple[str, str], ...] = ()
    """Replacements in the shipped configuration, besides addresses."""

    @property
    def binary(self) -> str | None:
        return shutil.which(self.name, path=_PATH)

    def configuration(self, port: int, servers: Sequence[int]) -> str:
        text = (ROOT / "deploy" / "proxies" / self.config).read_text()
        replaced = [
            *(
                (f"bounded-{number}:8000", f"127.0.0.1:{server}")
                for number, server in enumerate(servers, start=1)
            ),
            ("listen 80;", f"listen 127.0.0.1:{port};"),
            ("bind :80", f"bind 127.0.0.1:{port}"),
            (":80 {", f":{port} {{\n\tbind 127.0.0.1"),
            *self.replaced,
        ]
        for shipped, used in replaced:
            text = text.replace(shipped, used)
        return text

    @contextmanager
    def running(self, directory: Path, servers: Sequence[int], path: str) -> Iterator[str]:
        """Yield its address, once ``path`` reaches a server that is ready."""
        assert self.binary is not None
        port = free_port()
        config = directory / self.config
        config.write_text(self.configuration(port, servers))
        command = [self.binary, *(part.format(config=config) for part in self.arguments)]
        home = {"HOME": str(directory), "XDG_DATA_HOME": str(directory)}
        log = directory / f"{self.name}.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                command, env=os.environ | home, stdout=output, stderr=subprocess.STDOUT
            )
        address = f"http://127.0.0.1:{port}"

        def reaches_it() -> bool:
            assert process.poll() is None, log.read_text()
            try:
                return httpx.get(f"{address}{path}").status_code == 200
            except httpx.TransportError:
                return False

        try:
            wait_for(reaches_it, f"{self.name} to lead to a process")
            yield address
        finally:
            process.terminate()
            process.wait()


# the pid is a file of the test's own: nginx removes it when it ends
_NGINX = ("-c", "{config}", "-g", "daemon off; pid {config}.pid; error_log stderr;", "-e", "stderr")
NGINX = ReverseProxy("nginx", "nginx.conf", _NGINX, (("http {", "http {\n  access_log off;"),))
HAPROXY = ReverseProxy("haproxy", "haproxy.cfg", ("-db", "-f", "{config}"))
CADDY = ReverseProxy(
    "caddy", "Caddyfile", ("run", "--adapter", "caddyfile", "--config", "{config}")
)
