"""How each line for a shell in the documents is tried, or why it is not.

The keys are lines without comments. A test is named by its file and function.
"""

from collections.abc import Mapping

__all__ = ["NOT_SHELL", "NOT_TRIED", "NOT_TRIED_BEGINNINGS", "TRIED", "TRIED_DOCUMENTS"]

_NOTIFICATIONS = "tests/cli/test_notifications.py"
_SUBSCRIBERS = "tests/cli/test_subscribers.py"
_README = "tests/docs/test_readme.py::test_the_readme_leads_to_a_signed_in_console"
_DATA_OWNER = (
    "tests/cli/test_data_owner.py"
    "::test_a_command_of_root_uses_the_settings_and_the_user_of_the_service"
)
_RESTORED = "tests/cli/test_backups.py::test_a_backup_is_restored_into_another_kind_of_database"
_BUCKET = "tests/export/test_bucket.py::test_pages_feeds_documents_and_files_are_put"
_WATCH = "tests/export/test_watch.py::test_the_command_follows_until_it_is_asked_to_stop"

# All lines of these documents are tried by one test.
TRIED_DOCUMENTS: Mapping[str, str] = {
    "docs/api.md": "tests/docs/test_api_examples.py::test_every_example_works",
}

TRIED: Mapping[str, str] = {
    "export FYR_BASE_URL=https://status.example.com": _README,
    "fyr migrate": _README,
    "fyr user add ada@example.com --role admin": _README,
    'fyr service add payments --name "Payments"': _README,
    "fyr target add pay.example.com --service payments": _README,
    "fyr serve": "tests/e2e/test_wheel.py::test_serve_answers_and_shows_the_page",
    "pip install dist/fyr-0.1.0-py3-none-any.whl": (
        "tests/e2e/test_wheel.py::test_the_code_comes_from_the_wheel"
    ),
    "fyr judge chain.pem --host pay.example.com": "tests/cli/test_judge.py::test_all_fine_is_0",
    "fyr probe pay.example.com": (
        "tests/cli/test_probe.py::test_an_endpoint_that_all_clients_reach_is_0"
    ),
    "fyr audit verify": ("tests/cli/test_audit.py::test_the_log_is_verified_and_a_change_is_named"),
    "fyr audit verify --noted "
    "1204:0af7d7158becc6d02dc41536107090e77195cf90c556cadb37866528cc94e8a9": (
        "tests/cli/test_audit.py::test_the_log_is_verified_and_a_change_is_named"
    ),
    "fyr audit export | gzip > audit.jsonl.gz": (
        "tests/cli/test_audit.py::test_the_log_is_verified_and_a_change_is_named"
    ),
    'fyr service add card-payments --name "Card payments" --name:sv Kortbetalningar '
    '--group "On site"': (
        "tests/cli/test_setup.py::test_a_service_is_added_with_its_name_in_several_languages"
    ),
    'fyr source add alertmanager "Prometheus north" --auth basic '
    "--auth-option username=prometheus": (
        "tests/docs/test_shell_examples.py::test_a_source_is_added_as_the_document_says"
    ),
    "fyr room add slack Operations --field url=https://hooks.slack.com/services/T0/B0/x": (
        "tests/docs/test_shell_examples.py::test_a_room_is_added_as_the_document_says"
    ),
    "fyr room list": f"{_NOTIFICATIONS}::test_a_room_is_set_up_and_its_deliveries_are_listed",
    "fyr room test k3v9q0w2m4xa": (
        f"{_NOTIFICATIONS}::test_a_room_is_set_up_and_its_deliveries_are_listed"
    ),
    "fyr delivery list --channel email": (
        f"{_NOTIFICATIONS}::test_a_room_is_set_up_and_its_deliveries_are_listed"
    ),
    "fyr delivery repeat k3v9q0w2m4xa": (
        f"{_NOTIFICATIONS}::test_a_room_is_set_up_and_its_deliveries_are_listed"
    ),
    "fyr message show k3v9q0w2m4xa --language ar --as text": (
        f"{_NOTIFICATIONS}::test_the_message_of_a_notice_is_shown_in_any_language"
    ),
    'fyr subscriber add vera@example.net --service payments --vouched "by telephone, 2026-11-01"': (
        f"{_SUBSCRIBERS}::test_a_subscriber_is_added_listed_and_erased"
    ),
    'fyr subscriber import subscribers.csv --confirmed "the former page, 2026-11-01" --dry-run': (
        f"{_SUBSCRIBERS}::test_a_list_is_imported_and_what_is_left_out_is_named_by_line"
    ),
    'echo "a long password" | fyr user add ada@example.com --role admin --password-stdin': (
        "tests/cli/test_setup.py::test_a_password_is_read_from_standard_input_and_never_printed"
    ),
    "fyr export /srv/status": _WATCH,
    "fyr export /srv/status --follow": _WATCH,
    "fyr export /srv/status --since 2026-11-30T12:00+01:00": (
        "tests/export/test_changes.py::test_an_export_since_a_time_leaves_earlier_incidents_as_they_are"
    ),
    "fyr export s3://status.example.com --follow": _BUCKET,
    "fyr export s3://BUCKET/PREFIX --follow": _BUCKET,
    "fyr import --from cstate ./site --dry-run": (
        "tests/cli/test_imports.py::"
        "test_a_dry_run_prints_the_report_of_the_import_and_writes_nothing"
    ),
    "fyr import --from cstate ./site": (
        "tests/importers/test_samples.py"
        "::test_a_sample_gives_its_expected_result_however_often_it_is_imported"
    ),
    "ln -s /opt/fyr/current/deploy/fyr /usr/local/bin/fyr": _DATA_OWNER,
    "FYR_RELOAD=true deploy/upgrade.sh REPOSITORY REF": (
        "tests/e2e/test_release_switch.py::test_a_running_release_is_not_mixed_with_the_next_one"
    ),
    "fyr backup /backup/fyr.backup": _RESTORED,
    "fyr backup fyr.backup": _RESTORED,
    "FYR_DATABASE_URL=postgresql+psycopg://fyr:PASSWORD@db.example.com/fyr "
    "fyr restore fyr.backup": _RESTORED,
    "fyr target add pay.example.com --service card-payments": (
        "tests/cli/test_setup.py::test_targets_are_listed_and_removed"
    ),
    "fyr horizon": (
        "tests/cli/test_horizon.py"
        "::test_what_ends_is_shown_with_whom_it_concerns_and_what_would_help"
    ),
}

_ROOT = "changes the system as root; tests/e2e/test_deploy.py verifies the units that it installs"
_DOCKER = "needs a container engine; tests/e2e/test_deploy.py reads the files"
_SECRETS = "writes secrets into deploy/; tests/e2e/test_deploy.py reads the file that takes them"
_AWS = "needs an account of the provider; tests/monitors/test_recorded.py plays what it sends"
_HOOK = "has the token of a source; tests/web/hooks/ sends such requests"
_MAKE = "runs the tests, of which this is one"
_OTHER_SERVER = "requests a page that is an example; tests/web/ requests the same path"
_DKIM = "makes a key with OpenSSL; tests/net/mail/ signs with such keys"

NOT_TRIED: Mapping[str, str] = {
    "make": "lists the commands",
    "make run": "runs until Ctrl-C; tests/e2e/test_serve.py starts what it starts",
    "make check": _MAKE,
    "make test": _MAKE,
    "make test T=tests/domain": _MAKE,
    "make test-tools": _MAKE,
    "make coverage": _MAKE,
    ".venv/bin/pre-commit install": "changes the hooks of the checkout",
    "export FYR_DATABASE_URL=postgresql+psycopg://fyr:secret@db.example.com/fyr": (
        "names a server that is an example; tests/test_settings.py reads such addresses"
    ),
    "useradd --system --home-dir /var/lib/fyr --shell /usr/sbin/nologin fyr": _ROOT,
    "cp deploy/systemd/fyr.socket deploy/systemd/fyr.service /etc/systemd/system/": _ROOT,
    "mkdir -p /etc/fyr && (umask 077; echo FYR_BASE_URL=https://status.example.com > "
    "/etc/fyr/fyr.env)": _ROOT,
    "systemctl daemon-reload && systemctl enable --now fyr.socket fyr.service": _ROOT,
    "docker compose -f deploy/compose.yaml up --build": _DOCKER,
    'for name in POSTGRES_PASSWORD FYR_SECRET_KEY; do echo "$name=$(openssl rand -hex 32)"; '
    "done > deploy/.env": _SECRETS,
    "chmod 600 deploy/.env && docker compose -f deploy/compose.postgresql.yaml up --build": _DOCKER,
    "docker buildx imagetools inspect python:3.11-slim-trixie": _DOCKER,
    "docker buildx imagetools inspect postgres:17-trixie": _DOCKER,
    "openssl genrsa -out dkim.pem 2048": _DKIM,
    "openssl rsa -in dkim.pem -pubout -outform der | openssl base64 -A": _DKIM,
    "curl https://status.example.com/api/v2/status.json": _OTHER_SERVER,
    'curl -H "Accept: text/plain" https://status.example.com/': _OTHER_SERVER,
    'curl -H "Accept: text/markdown" https://status.example.com/sv/': _OTHER_SERVER,
}

# Lines that begin like these, up to the end of their block.
NOT_TRIED_BEGINNINGS: Mapping[str, str] = {
    "aws ": _AWS,
    "curl https://status.example.com/hooks/TOKEN": _HOOK,
}

# Blocks without a language that begin like these are no commands: outputs, settings, payloads.
NOT_SHELL = (
    "+ service payments",
    '<a href="https://status.example.com/">',
    '<script src="https://status.example.com/',
    "Content-Security-Policy: script-src 'sha",
    '<iframe src="https://status.example.com/',
    "Content-Security-Policy: default-src 'no",
    "[Unit]",
    "fyr: incidents[0].updates[1].status is '",
    'bounces: "|/usr/local/bin/fyr bounce"',
    "| Region | Errors |",
    "{",
    "Token=0123456789abcdef&Status=Down&Statu",
    "sensorid=2043&device=Checkout&name=HTTP",
    "PROBLEM: disk on DB-7 is 98 % full (23/1",
    "key=ups-1&on_battery=1",
    '{"code": "$CODE", "status": "$STATUS", "',
    "[databases]",
)
