"""`fyr serve` reads the settings of the log as its children do, without pydantic."""

from pathlib import Path

import pytest

from app.cli.processes.env_file import data_dir, log_settings
from app.settings import load_settings

FILES = [
    "FYR_LOG_FORMAT=json\n",
    "FYR_LOG_FORMAT = json  # for the collector\n",
    "export FYR_LOG_FORMAT='json'\nFYR_LOG_TARGET=\"syslog:/dev/log\"\n",
    "# FYR_LOG_FORMAT=json\nFYR_BASE_URL=https://status.example.com\n",
    "fyr_log_target=stdout\r\nFYR_LOG_FORMAT=json\r\n",
    "FYR_LOG_FORMAT=text\nFYR_LOG_FORMAT=json",
    "FYR_LOG_TARGET=syslog:/run/log#1\n",
    "FYR_DATA_DIR='/srv/status page'\n",
    "FYR_LOG_FORMAT=JSON\nFYR_LOG_LEVEL=Warning\n",
    "",
]


@pytest.mark.parametrize("text", FILES)
def test_the_parent_reads_from_the_file_what_its_children_read(text: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(text.encode())
    settings = load_settings(_env_file=file)
    expected = (settings.log_level, settings.log_format, settings.log_target)
    assert log_settings({}, file) == expected
    assert data_dir({}, file) == settings.data_dir


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("FYR_LOG_FORMAT=text\nFYR_LOG_TARGET=stdout\n")
    assert log_settings({"FYR_LOG_FORMAT": "json"}, file) == ("info", "json", "stdout")


def test_a_file_that_is_missing_or_no_text_has_no_values(tmp_path: Path) -> None:
    assert log_settings({}, tmp_path / ".env") == ("info", "text", "stderr")
    (tmp_path / ".env").write_bytes(b"FYR_LOG_FORMAT=json\n\xff")
    assert log_settings({}, tmp_path / ".env") == ("info", "text", "stderr")
