"""Manifests and compose file: no field misspelt, nothing named that is not there, nothing left open.

The images themselves are built by nobody here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import msgspec
import pytest
import yaml

from monitor.config import Config
from tests.deploy.tools import DEPLOY, ROOT, promtool

MANIFESTS = sorted((DEPLOY / "k8s").glob("*.yaml"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text("utf-8"))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")


def documents(path: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(path.read_text("utf-8")) if one]


@pytest.mark.parametrize("path", MANIFESTS, ids=[path.name for path in MANIFESTS])
def test_a_manifest_has_no_field_that_kubernetes_does_not_know(path: Path) -> None:
    for manifest in documents(path):
        if manifest["kind"] == "Kustomization":
            continue
        # What the base lays over all of them.
        whole = yaml.safe_load(yaml.safe_dump(manifest))
        if manifest["kind"] == "StatefulSet":
            labels = {"app.kubernetes.io/name": "livewatch"}
            whole["spec"]["selector"] = {"matchLabels": labels}
            whole["spec"]["template"]["metadata"] = {"labels": labels}
        kubernetes_validate.validate(whole, "1.33", strict=True)


def test_a_misspelt_field_would_be_found() -> None:
    [service] = documents(DEPLOY / "k8s" / "service.yaml")
    service["spec"]["ports"][0]["targetProt"] = "http"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(service, "1.33", strict=True)


def test_the_base_names_every_manifest() -> None:
    [base] = documents(DEPLOY / "k8s" / "kustomization.yaml")
    named = set(base["resources"])
    assert named == {path.name for path in MANIFESTS} - {"kustomization.yaml"}
    assert base["configMapGenerator"][0]["files"] == ["livewatch.toml"]


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_the_base_can_be_built() -> None:
    done = subprocess.run(
        ["kubectl", "kustomize", str(DEPLOY / "k8s")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for manifest in yaml.safe_load_all(done.stdout):
        kubernetes_validate.validate(manifest, "1.33", strict=True)


@pytest.mark.parametrize(
    "path", [DEPLOY / "k8s" / "livewatch.toml", DEPLOY / "compose" / "livewatch.toml"]
)
def test_the_configurations_can_be_read(path: Path) -> None:
    msgspec.convert(tomllib.loads(path.read_text("utf-8")), Config)


def test_the_pod_may_do_nothing_but_its_work() -> None:
    [stateful] = documents(DEPLOY / "k8s" / "statefulset.yaml")
    pod = stateful["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    # A monitor that is degraded works: only one that fails is started anew.
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_compose_names_only_what_is_there() -> None:
    folder = DEPLOY / "compose"
    services = COMPOSE["services"]
    for name, service in services.items():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("."):
                assert (folder / source).exists(), f"{name}: {source}"
            else:
                assert source in COMPOSE["volumes"], f"{name}: {source}"
        for secret in service.get("secrets", []):
            assert secret in COMPOSE["secrets"]
        for needed in service.get("depends_on", {}):
            assert needed in services
    build = services["topics"]["build"]
    assert (folder / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"


def test_only_the_proxy_is_reached_from_other_machines() -> None:
    ports = {
        name: port
        for name, service in COMPOSE["services"].items()
        for port in service.get("ports", [])
    }
    assert ports == {"proxy": "443:443", "grafana": "127.0.0.1:3000:3000"}


def test_prometheus_of_compose_is_sound(tmp_path: Path) -> None:
    for part in ("rules", "alerts"):
        shutil.copytree(DEPLOY / "prometheus" / part, tmp_path / part)
    shutil.copy(DEPLOY / "compose" / "prometheus.yml", tmp_path)
    promtool("check", "config", tmp_path / "prometheus.yml")


def test_the_image_copies_what_is_there_and_runs_as_nobody() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        *sources, _ = line.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert source.partition("/")[0] in kept, f"{source} is left out by .dockerignore"
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE) == ["livewatch"]
    assert "--require-hashes" in DOCKERFILE
    commands = re.findall(r"^CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)
    assert commands == ['["serve", "--data", "/var/lib/livewatch", "--port", "8080"]']
