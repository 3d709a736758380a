"""Kubernetes accepts each file, and the files refer to each other consistently."""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from typing import Any

import kubernetes_validate
import pytest
import yaml

from config import Settings
from tests.support.project import ROOT

FOLDER = ROOT / "deploy/kubernetes"
FILES = sorted(set(FOLDER.glob("*.yaml")) - {FOLDER / "kustomization.yaml"})
RESOURCES: dict[str, dict[str, Any]] = {
    resource["kind"]: resource for resource in (yaml.safe_load(file.read_text()) for file in FILES)
}
PODS = {
    kind: resource["spec"]["template"]
    for kind, resource in RESOURCES.items()
    if kind in {"Deployment", "Job"}
}

needs_kubectl = pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="there is no kubectl, which brings kustomize"
)


@pytest.mark.parametrize("kind", sorted(RESOURCES))
def test_every_field_is_valid(kind: str) -> None:
    version = kubernetes_validate.latest_version()

    kubernetes_validate.validate(RESOURCES[kind], version, strict=True)


def test_the_kustomization_lists_every_file() -> None:
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())

    assert sorted(kustomization["resources"]) == [file.name for file in FILES]


@pytest.mark.parametrize("kind", sorted(PODS))
def test_a_pod_has_minimal_privileges(kind: str) -> None:
    pod = PODS[kind]["spec"]
    [container] = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["enableServiceLinks"] is False
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"requests", "limits"} <= container["resources"].keys()


def test_selectors_match_the_serving_pods_but_not_the_migration() -> None:
    labels = PODS["Deployment"]["metadata"]["labels"]
    selectors = [
        RESOURCES["Deployment"]["spec"]["selector"]["matchLabels"],
        RESOURCES["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        RESOURCES["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
        RESOURCES["Service"]["spec"]["selector"],
    ]

    assert selectors == [labels] * 4
    assert PODS["Job"]["metadata"]["labels"]["app"] != labels["app"]


def test_probes_use_the_health_routes() -> None:
    [container] = PODS["Deployment"]["spec"]["containers"]
    paths = {
        probe: container[probe]["httpGet"]["path"]
        for probe in ("startupProbe", "readinessProbe", "livenessProbe")
    }

    assert paths == {
        "startupProbe": "/health/live",
        "readinessProbe": "/health/ready",
        "livenessProbe": "/health/live",
    }


def test_a_pod_has_time_to_shut_down() -> None:
    pod = PODS["Deployment"]["spec"]
    [container] = pod["containers"]
    pause = int(container["lifecycle"]["preStop"]["exec"]["command"][1])

    assert pod["terminationGracePeriodSeconds"] >= pause + 30


def test_the_migration_and_its_settings_are_applied_before_the_rest() -> None:
    steps = {kind: resource["metadata"]["labels"]["step"] for kind, resource in RESOURCES.items()}
    first = {kind for kind, step in steps.items() if step == "migrate"}

    assert first == {"ConfigMap", "Job"}
    assert {step for kind, step in steps.items() if kind not in first} == {"serve"}


def test_the_service_accepts_its_settings(
    load_in_production: Callable[[Mapping[str, str]], Settings],
) -> None:
    secret = {
        "DATABASE_URL": "postgresql://bounded:password@db.example.com/bounded",
        "JWT_SECRET": "a-secret-of-more-than-thirty-two-bytes",
        "SMTP_URL": "smtp://user:password@mail.example.com:587",
        "MAIL_FROM": "Example <hello@example.com>",
    }
    settings = load_in_production(RESOURCES["ConfigMap"]["data"] | secret)
    [rule] = RESOURCES["Ingress"]["spec"]["rules"]

    assert settings.public_url == f"https://{rule['host']}"
    assert settings.trusted_hosts == (rule["host"],)
    assert settings.trusted_proxy_hops == 1


@needs_kubectl
def test_kustomize_joins_them() -> None:
    built = subprocess.run(
        ["kubectl", "kustomize", str(FOLDER)], capture_output=True, text=True, check=False
    )

    assert built.returncode == 0, built.stderr
    joined = {resource["kind"]: resource for resource in yaml.safe_load_all(built.stdout)}
    assert joined == RESOURCES
