"""Which addresses a surface has: all there are, and those of them that are kept ready."""

from collections.abc import Callable, Iterable, Mapping

from app.domain.page.logos import LogoFacts, PictureKind
from app.domain.page.pages import OverviewPage, SiteContents

__all__ = [
    "Named",
    "always",
    "every_incident",
    "every_logo",
    "every_maintenance",
    "every_month",
    "every_picture",
    "every_service",
    "every_theme",
    "every_window",
    "never",
    "once",
    "open_incidents",
    "own_logo",
    "own_theme",
    "pictures",
    "waiting_maintenances",
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


def waiting_maintenances(overview: OverviewPage) -> Iterable[Named]:
    """Those of maintenances under way and to come are kept ready."""
    ids = dict.fromkeys(each.series or each.id for each in overview.maintenances)
    return tuple({"public_id": each} for each in ids)


def own_theme(overview: OverviewPage) -> Iterable[Named]:
    """The stylesheet of the page's own colours, where it has any."""
    accent = overview.page.accent
    return ({"digest": accent.digest},) if accent else ()


def every_theme(contents: SiteContents) -> Iterable[Named]:
    """The same."""
    return ({"digest": contents.theme},) if contents.theme else ()


def own_logo(kind: PictureKind) -> Callable[[OverviewPage], Iterable[Named]]:
    """The pictures of this kind that the page's logo has."""
    return lambda overview: _pictures_of(
        overview.page.logo.every if overview.page.logo else (), kind
    )


def every_logo(kind: PictureKind) -> Callable[[SiteContents], Iterable[Named]]:
    """The same."""
    return lambda contents: _pictures_of(contents.logos, kind)


def _pictures_of(logos: Iterable[LogoFacts], kind: PictureKind) -> Iterable[Named]:
    digests = dict.fromkeys(each.digest for each in logos if each.kind is kind)
    return tuple({"digest": each} for each in digests)


def once(_contents: SiteContents) -> Iterable[Named]:
    """This surface has one address."""
    return ({},)


def every_incident(contents: SiteContents) -> Iterable[Named]:
    """One of each incident."""
    return tuple({"public_id": each} for each in contents.incidents)


def every_maintenance(contents: SiteContents) -> Iterable[Named]:
    """One of each maintenance."""
    return tuple({"public_id": each} for each in contents.maintenances)


def every_window(contents: SiteContents) -> Iterable[Named]:
    """One of each window of a maintenance that recurs."""
    return tuple(
        {"public_id": public_id, "occurrence": name}
        for public_id, names in contents.maintenances.items()
        for name in names
    )


def every_service(contents: SiteContents) -> Iterable[Named]:
    """One of each service."""
    return tuple({"slug": each} for each in contents.services)


def every_month(contents: SiteContents) -> Iterable[Named]:
    """One of each month with a history."""
    return tuple({"month": f"{each:%Y-%m}"} for each in contents.months)


def every_picture(contents: SiteContents) -> Iterable[Named]:
    """One of each phase of an incident that there is a picture of."""
    return tuple({"public_id": each, "phase": phase} for each, phase in contents.pictures)
