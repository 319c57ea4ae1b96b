"""Writes the languages of page views to the database: the sums of each minute.

What was counted since the last write is lost when the process is killed.
"""

import logging
from collections import Counter
from threading import Event, Lock, Thread

from app.domain.errors import FyrError
from app.domain.ownership import ActorKind
from app.i18n.asked_language import asked_language
from app.usecases.context import Actor
from app.usecases.database import Database
from app.usecases.page import language_demand
from app.web.page_cache.reader_languages import ReaderLanguages

__all__ = ["ReaderLanguagesWriter"]

_log = logging.getLogger("fyr.front")

_ACTOR = Actor(ActorKind.WORKER, "web")
_WRITE_INTERVAL_SECONDS = 60.0


class ReaderLanguagesWriter:
    """Writes the sums to the database each minute, and once more when it is closed."""

    def __init__(self, languages: ReaderLanguages, database: Database) -> None:
        self._languages = languages
        self._database = database
        self._unwritten: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()
        self._stop = Event()
        self._thread = Thread(target=self._write_forever, name="fyr-languages", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """Stop the thread and write what was counted."""
        self._stop.set()
        self.write()

    def write(self) -> None:
        """Write the views since the last write; those of a failed one are written next time."""
        with self._lock:
            for (header, given), views in self._languages.take().items():
                asked = asked_language(header.decode("latin-1"))
                if asked is not None:
                    self._unwritten[asked, given] += views
            if not self._unwritten:
                return
            try:
                with self._database.writing(_ACTOR, wait=False) as ctx:
                    language_demand.add_views(ctx, self._unwritten)
            except FyrError as error:
                _log.info("languages.not_written code=%s", error.code)
            else:
                self._unwritten = Counter()

    def _write_forever(self) -> None:
        while not self._stop.wait(_WRITE_INTERVAL_SECONDS):
            self.write()
