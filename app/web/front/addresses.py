"""Which addresses a surface has: all there are, and those of them that are kept ready."""

from collections.abc import Iterable, Mapping

from app.domain.pages import Contents, OverviewPage

__all__ = [
    "Named",
    "always",
    "every_incident",
    "every_month",
    "every_picture",
    "every_service",
    "never",
    "once",
    "open_incidents",
    "pictures",
]

# The names in the path of one address, with what they stand for.
Named = Mapping[str, str]


def never(_overview: OverviewPage) -> Iterable[Named]:
    """None of its addresses is kept ready."""
    return ()


def always(_overview: OverviewPage) -> Iterable[Named]:
    """This surface has one address, and it is kept ready."""
    return ({},)


def open_incidents(overview: OverviewPage) -> Iterable[Named]:
    """Those of open incidents are kept ready."""
    return tuple({"public_id": each.id} for each in overview.open_incidents)


def pictures(overview: OverviewPage) -> Iterable[Named]:
    """Those of open incidents are kept ready, where there are any."""
    return tuple(
        {"public_id": each.id, "phase": phase}
        for each in overview.open_incidents
        for phase in each.pictures
    )


def once(_contents: Contents) -> Iterable[Named]:
    """This surface has one address."""
    return ({},)


def every_incident(contents: Contents) -> Iterable[Named]:
    """One of each incident."""
    return tuple({"public_id": each} for each in contents.incidents)


def every_service(contents: Contents) -> Iterable[Named]:
    """One of each service."""
    return tuple({"slug": each} for each in contents.services)


def every_month(contents: Contents) -> Iterable[Named]:
    """One of each month with a history."""
    return tuple({"month": f"{each:%Y-%m}"} for each in contents.months)


def every_picture(contents: Contents) -> Iterable[Named]:
    """One of each phase of an incident that there is a picture of."""
    return tuple({"public_id": each, "phase": phase} for each, phase in contents.pictures)
