"""Each proxy accepts its configuration; the proxy suite runs them."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.processes.reverse_proxies import CADDY, HAPROXY, NGINX, ReverseProxy

CHECKS = {
    "nginx": (NGINX, ("-t", "-q", "-e", "stderr", "-g", "pid {config}.pid;", "-c", "{config}")),
    "haproxy": (HAPROXY, ("-c", "-f", "{config}")),
    "caddy": (CADDY, ("validate", "--adapter", "caddyfile", "--config", "{config}")),
}


@pytest.mark.parametrize("name", CHECKS)
def test_a_proxy_accepts_its_configuration(name: str, tmp_path: Path) -> None:
    proxy, arguments = CHECKS[name]
    checked = check(proxy, arguments, tmp_path, proxy.configuration(8080, [8001, 8002]))

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("name", CHECKS)
def test_a_proxy_refuses_a_broken_configuration(name: str, tmp_path: Path) -> None:
    proxy, arguments = CHECKS[name]
    configuration = proxy.configuration(8080, [8001, 8002]) + "\nnonsense {\n"

    assert check(proxy, arguments, tmp_path, configuration).returncode != 0


def check(
    proxy: ReverseProxy, arguments: tuple[str, ...], directory: Path, configuration: str
) -> subprocess.CompletedProcess[str]:
    if proxy.binary is None:
        pytest.skip(f"there is no {proxy.name}")
    config = directory / proxy.config
    config.write_text(configuration)
    return subprocess.run(
        [proxy.binary, *(part.format(config=config) for part in arguments)],
        env=os.environ | {"HOME": str(directory), "XDG_DATA_HOME": str(directory)},
        capture_output=True,
        text=True,
        check=False,
    )
