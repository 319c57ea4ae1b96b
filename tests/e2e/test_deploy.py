"""What stands in deploy/ is understood by the programs it is for."""

import json
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import distribution, distributions
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.settings import load_settings
from scripts.image import stages
from tests.docs.test_shell_examples import parse

Stages = list[list[tuple[str, str]]]
VARIABLE = re.compile(r"\$\{(\w+):")
ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
# Of psycopg and uvicorn; "" is a package without an extra.
EXTRAS = ("", "binary", "standard")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in (DEPLOY / "systemd").iterdir():
        true = shutil.which("true") or ""
        text = unit.read_text().replace("/opt/fyr/current/.venv/bin/python", true)
        (tmp_path / unit.name).write_text(text)
    units = sorted(str(file) for file in tmp_path.iterdir())
    completed = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        check=False,
        capture_output=True,
        text=True,
    )
    ours = [
        line for line in completed.stderr.splitlines() if "fyr" in line and "Failed to" not in line
    ]
    assert ours == []


@pytest.fixture(scope="module")
def image() -> Stages:
    """The steps of each stage of the Dockerfile."""
    return stages((DEPLOY / "Dockerfile").read_text())


def test_the_image_is_made_from_a_base_that_is_named_by_its_digest(image: Stages) -> None:
    (_, base), *rest = (stage[0] for stage in image)
    assert re.fullmatch(r"python:\S+@sha256:[0-9a-f]{64} AS base", base)
    assert [each.split()[0] for _, each in rest] == ["base", "base", "scratch"]


def test_the_image_has_no_installer_and_no_source_tree(image: Stages) -> None:
    _base, build, system, final = image
    built = " ".join(rest for kind, rest in build if kind == "RUN")
    assert "venv --without-pip" in built
    assert "--require-hashes" in built
    assert re.search(r"uninstall --yes .*\buv\b", built)
    runs = " ".join(rest for kind, rest in system if kind == "RUN")
    assert re.search(r"pip uninstall --yes .*\bpip\b", runs)
    assert "ensurepip" in runs
    assert _copied(system) == ["--from=build /opt/fyr/.venv /opt/fyr/.venv"]
    assert _copied(final) == ["--from=system / /", "--from=system --chown=999:999 /data /data"]


def _copied(stage: list[tuple[str, str]]) -> list[str]:
    return [rest for kind, rest in stage if kind in {"COPY", "ADD"}]


def test_no_layer_of_the_image_has_what_a_later_one_deletes(image: Stages) -> None:
    final = image[-1]
    assert final[0] == ("FROM", "scratch")
    assert "RUN" not in {kind for kind, _ in final}


def test_the_image_keeps_no_caches_of_installers(image: Stages) -> None:
    for run in (rest for stage in image for kind, rest in stage if kind == "RUN"):
        assert "apt-get install" not in run or "rm -rf /var/lib/apt/lists/*" in run
        assert run.count(" install --no-cache-dir") == run.count("python install")


def test_the_image_has_the_bytecode_of_everything_that_it_imports(image: Stages) -> None:
    runs = [rest for kind, rest in image[-2] if kind == "RUN"]
    assert "python -m compileall -q /usr/local/lib/python3.11" in runs
    # pip compiles what it installs, unless it is asked not to.
    assert not any("--no-compile" in rest for stage in image for _, rest in stage)


def test_the_image_runs_as_a_user_that_is_not_root_and_is_named_by_a_number(image: Stages) -> None:
    (user,) = (rest for kind, rest in image[-1] if kind == "USER")
    number = user.partition(":")[0]
    assert int(number) > 0
    assert any(f"useradd --system --uid {number}" in rest for _, rest in image[-2])
    kinds = [kind for kind, _ in image[-1]]
    assert kinds.index("USER") < kinds.index("CMD")
    assert {"VOLUME", "HEALTHCHECK"} <= set(kinds)


def test_what_builds_the_project_is_needed_by_nothing_that_runs_it() -> None:
    removed = {"hatchling", "pathspec", "pluggy", "trove-classifiers", "uv"}
    installed = {canonicalize_name(each.metadata["Name"]) for each in distributions()}
    needed: set[str] = set()
    waiting = [canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]]
    while waiting:
        name = waiting.pop()
        for requirement in map(Requirement, distribution(name).requires or ()):
            wanted, marker = canonicalize_name(requirement.name), requirement.marker
            is_asked = any(marker is None or marker.evaluate({"extra": each}) for each in EXTRAS)
            if is_asked and wanted in installed - needed:
                needed.add(wanted)
                waiting.append(wanted)
    assert needed & removed == set()


@pytest.mark.parametrize("name", ["fyr.service", "fyr-worker.service"])
def test_the_units_restrict_what_a_process_may_do(name: str) -> None:
    text = (DEPLOY / "systemd" / name).read_text()
    for setting in (
        *("UMask=0077", "SystemCallFilter=@system-service", "MemoryMax=", "LimitNOFILE="),
        *("RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6", "ProtectKernelTunables=yes"),
        *("ProtectKernelModules=yes", "ProtectKernelLogs=yes", "NoNewPrivileges=yes"),
    ):
        assert f"\n{setting}" in text, setting


COMPOSE_FILES = ["compose.yaml", "compose.postgresql.yaml"]


def compose_file(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / name).read_text())
    return loaded


def own_services(name: str) -> dict[str, dict[str, Any]]:
    """The services of Fyr itself."""
    return {
        service: each
        for service, each in compose_file(name)["services"].items()
        if "FYR_BASE_URL" in each["environment"]
    }


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_a_compose_file_is_valid_by_the_compose_specification(name: str) -> None:
    vendored = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = jsonschema_rs.validator_for(json.loads(vendored.read_text("utf-8")))
    compose = compose_file(name)
    assert [str(error) for error in schema.iter_errors(compose)] == []
    assert not schema.is_valid({"services": {"fyr": {**compose["services"]["fyr"], "port": 1}}})


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_what_a_compose_file_names_exists(name: str) -> None:
    compose = compose_file(name)
    for service in compose["services"].values():
        assert set(service["networks"]) <= compose["networks"].keys()
        assert {each.split(":")[0] for each in service["volumes"]} <= compose["volumes"].keys()
        assert service.get("depends_on", {}).keys() <= compose["services"].keys()
    for service in own_services(name).values():
        context = DEPLOY / service["build"]["context"]
        assert (context / service["build"]["dockerfile"]).is_file()


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_the_variables_of_a_compose_file_give_valid_settings(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = {"POSTGRES_PASSWORD": "p" * 64, "FYR_SECRET_KEY": "k" * 64}
    for service in own_services(name).values():
        environment = {
            each: expanded(value, shell) for each, value in service["environment"].items()
        }
        # A variable of the shell that sets another setting would be a mistake.
        for each, value in service["environment"].items():
            assert set(VARIABLE.findall(value)) <= {each, "POSTGRES_PASSWORD"}
        with monkeypatch.context() as patch:
            for each, value in environment.items():
                patch.setenv(each, value)
            settings = load_settings(_env_file=None)
        gateway = gateway_of(compose_file(name))
        assert any(ip_address(gateway) in network for network in settings.trusted_proxies)


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_a_port_of_a_compose_file_is_reached_through_a_proxy_of_the_machine_only(name: str) -> None:
    ports = [
        port for each in compose_file(name)["services"].values() for port in each.get("ports", ())
    ]
    assert ports == ["127.0.0.1:8000:8000"]


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_a_container_of_a_compose_file_may_write_its_data_only(name: str) -> None:
    for service in own_services(name).values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_a_compose_file_has_no_default_for_a_secret() -> None:
    text = (DEPLOY / "compose.postgresql.yaml").read_text()
    for secret in ("POSTGRES_PASSWORD", "FYR_SECRET_KEY"):
        assert set(re.findall(rf"\$\{{{secret}(..)", text)) == {":?"}


def test_fyr_starts_when_the_database_is_healthy_and_migrated() -> None:
    services = compose_file("compose.postgresql.yaml")["services"]
    assert "pg_isready" in services["database"]["healthcheck"]["test"]
    assert re.fullmatch(r"postgres:\S+@sha256:[0-9a-f]{64}", services["database"]["image"])
    assert services["migrate"]["depends_on"]["database"] == {"condition": "service_healthy"}
    for name in ("fyr", "worker"):
        needed = services[name]["depends_on"]["migrate"]
        assert needed == {"condition": "service_completed_successfully"}
    for name in ("migrate", "fyr", "worker"):
        program, *words = services[name]["command"]
        assert program == "fyr"
        parse(words)


def expanded(value: str, shell: dict[str, str]) -> str:
    """A value with its variables replaced, as compose does it."""
    return re.sub(
        r"\$\{(\w+):([-?])([^}]*)\}",
        lambda found: shell[found[1]] if found[2] == "?" else shell.get(found[1], found[3]),
        value,
    )


def gateway_of(compose: dict[str, Any]) -> str:
    """The address from which requests to a published port arrive."""
    (config,) = (
        config
        for network in compose["networks"].values()
        for config in network.get("ipam", {}).get("config", ())
    )
    gateway: str = config["gateway"]
    return gateway
