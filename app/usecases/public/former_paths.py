"""Addresses of imported pages: the paths that incidents and maintenances had on the former page."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from threading import Lock

from app.db.queries.imports import imports
from app.domain.publication import Subject, SubjectKind
from app.usecases.context import Ctx

__all__ = ["FormerPaths"]


class FormerPaths:
    """What former paths lead to. They are read once for each revision, not for each request."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._revision = -1
        self._subjects: Mapping[str, Subject] = {}

    def find(
        self, reading: Callable[[], AbstractContextManager[Ctx]], path: str, revision: int
    ) -> Subject | None:
        """What had this path on a former page; None when nothing that visitors see had it.

        A slash at the end makes no difference. Raises UnavailableError.
        """
        with self._lock:
            if revision != self._revision:
                with reading() as ctx:
                    self._subjects = {
                        each.rstrip("/"): Subject(SubjectKind(kind), public_id)
                        for each, kind, public_id in imports.former_paths(ctx.session)
                    }
                self._revision = revision
        return self._subjects.get(path.rstrip("/"))
