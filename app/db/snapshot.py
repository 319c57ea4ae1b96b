"""Snapshot of a read transaction: what was read once is not read again.

One page asks for an incident, its updates or the services from several use cases. In a read
transaction all of them see one state of the database, so the first answer holds until its end. A
quarter of the statements of the console's pages were repetitions; one takes about 0.25 ms.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlmodel import Session

__all__ = ["begin_snapshot", "remembered", "remembered_each", "sent_once"]

ParamsT = ParamSpec("ParamsT")
AnswerT = TypeVar("AnswerT")
KeyT = TypeVar("KeyT", bound=Hashable)

_ANSWERS = "fyr_answers"
# An export reads thousands of incidents in one transaction, and asks for none of them again.
_MOST_ANSWERS = 500


def begin_snapshot(session: Session) -> None:
    """Remember answers from now on. For a transaction that sees one state and changes nothing."""
    session.info[_ANSWERS] = {}


def remembered(session: Session, key: Hashable, read: Callable[[], AnswerT]) -> AnswerT:
    """What `read` returns: in a snapshot it is called once for each `key`.

    Nobody may change the answer.
    """
    answers: dict[Hashable, Any] | None = session.info.get(_ANSWERS)
    if answers is None:
        return read()
    if key in answers:
        known: AnswerT = answers[key]
        return known
    found = read()
    if len(answers) < _MOST_ANSWERS:
        answers[key] = found
    return found


def remembered_each(
    session: Session,
    kind: Hashable,
    keys: Iterable[KeyT],
    read: Callable[[list[KeyT]], Mapping[KeyT, AnswerT]],
) -> dict[KeyT, AnswerT]:
    """What `read` finds for these keys, by key: in a snapshot it is called with new keys only.

    `kind` says what is read for the keys. Nobody may change the answers.
    """
    wanted = list(dict.fromkeys(keys))
    answers: dict[Hashable, Any] | None = session.info.get(_ANSWERS)
    if answers is None:
        return dict(read(wanted)) if wanted else {}
    known: dict[KeyT, AnswerT | None] = answers.setdefault(kind, {})
    found = {key: known[key] for key in wanted if key in known}
    if missing := [key for key in wanted if key not in known]:
        read_now = read(missing)
        found |= {key: read_now.get(key) for key in missing}
        if len(known) + len(missing) <= _MOST_ANSWERS:
            known |= found
    return {key: answer for key in wanted if (answer := found[key]) is not None}


def sent_once(
    query: Callable[Concatenate[Session, ParamsT], AnswerT],
) -> Callable[Concatenate[Session, ParamsT], AnswerT]:
    """Decorator of a query with few arguments: in a snapshot equal ones are answered once."""

    @wraps(query)
    def send(session: Session, /, *args: ParamsT.args, **kwargs: ParamsT.kwargs) -> AnswerT:
        key = (query, args, tuple(kwargs.items()))
        return remembered(session, key, lambda: query(session, *args, **kwargs))

    return send
