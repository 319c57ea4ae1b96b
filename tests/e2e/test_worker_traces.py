"""A worker that is started with the variables of OpenTelemetry sends spans to a collector."""

import subprocess
from pathlib import Path

from tests.cast import ADA, open_backend
from tests.collector import collecting
from tests.e2e.serving import PATIENCE_SECONDS, command, free_port, wait_until
from tests.factories import make_service, make_target


def test_the_spans_of_a_worker_reach_the_collector(sqlite_url: str, tmp_path: Path) -> None:
    with open_backend(sqlite_url) as backend, backend.writing(ADA) as ctx:
        make_service(ctx, "payments")
        target = make_target(ctx, "127.0.0.1").id
    with collecting() as collector, (tmp_path / "worker.log").open("wb") as log:
        program, environment = command(
            "worker",
            environment={
                "FYR_DATABASE_URL": sqlite_url,
                "FYR_DATA_DIR": str(tmp_path),
                "FYR_BASE_URL": f"http://127.0.0.1:{free_port()}",
                "FYR_ALLOWED_NETWORKS": "127.0.0.0/8",
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
                "OTEL_BSP_SCHEDULE_DELAY": "50",
            },
        )
        worker = subprocess.Popen(program, cwd=tmp_path, env=environment, stdout=log, stderr=log)
        try:
            wait_until(
                lambda: any(each.name == "probe" for each in collector.spans),
                "the probe of the target is no span",
            )
        finally:
            worker.terminate()
            worker.wait(PATIENCE_SECONDS)
    (probe, *_) = (each for each in collector.spans if each.name == "probe")
    attributes = {each.key: each.value.string_value for each in probe.attributes}
    assert attributes["fyr.target"] == target
    assert not any(b"127.0.0.1:443" in each for each in collector.received["/v1/traces"])
