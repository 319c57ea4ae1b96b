"""URLs of a surface: the path parameters of all its URLs, and of those that are kept rendered."""

from collections.abc import Callable, Iterable, Mapping

from app.domain.page.logos import LogoFacts, PictureKind
from app.domain.page.pages import OverviewPage, SiteContents
from app.domain.page.sitemap import part_names

__all__ = [
    "PathParams",
    "always_hot",
    "current_logo",
    "current_maintenances",
    "current_theme",
    "every_incident",
    "every_logo",
    "every_maintenance",
    "every_month",
    "every_picture",
    "every_service",
    "every_sitemap_part",
    "every_theme",
    "every_window",
    "never_hot",
    "no_url",
    "open_incident_pictures",
    "open_incidents",
    "single_url",
]

# The values of the parameters in a path template, by name.
PathParams = Mapping[str, str]

# -- hot: the URLs that are kept rendered, given the overview -----------------------------------


def never_hot(_overview: OverviewPage) -> Iterable[PathParams]:
    """No URL: pages of this surface are rendered when they are requested."""
    return ()


def always_hot(_overview: OverviewPage) -> Iterable[PathParams]:
    """The only URL of a surface whose path has no parameters."""
    return ({},)


def open_incidents(overview: OverviewPage) -> Iterable[PathParams]:
    """The URL of each open incident."""
    return tuple({"public_id": each.id} for each in overview.open_incidents)


def open_incident_pictures(overview: OverviewPage) -> Iterable[PathParams]:
    """The URL of each certificate chain picture of an open incident."""
    return tuple(
        {"public_id": each.id, "phase": phase}
        for each in overview.open_incidents
        for phase in each.pictures
    )


def current_maintenances(overview: OverviewPage) -> Iterable[PathParams]:
    """The URL of each maintenance that is in progress or planned."""
    ids = dict.fromkeys(each.series or each.id for each in overview.maintenances)
    return tuple({"public_id": each} for each in ids)


def current_theme(overview: OverviewPage) -> Iterable[PathParams]:
    """The URL of the stylesheet with the page's accent colour, if it has one."""
    accent = overview.page.accent
    return ({"digest": accent.digest},) if accent else ()


def current_logo(kind: PictureKind) -> Callable[[OverviewPage], Iterable[PathParams]]:
    """The URLs of the pictures of this kind that the page's logo has."""
    return lambda overview: _logo_urls(
        overview.page.logo.pictures if overview.page.logo else (), kind
    )


# -- every: all URLs, given the contents of the site --------------------------------------------


def no_url(_contents: SiteContents) -> Iterable[PathParams]:
    """No URL: an export has no pages of this surface, because their forms need the server."""
    return ()


def single_url(_contents: SiteContents) -> Iterable[PathParams]:
    """The only URL of a surface whose path has no parameters."""
    return ({},)


def every_theme(contents: SiteContents) -> Iterable[PathParams]:
    """The URL of the stylesheet with the page's accent colour, if it has one."""
    return ({"digest": contents.theme},) if contents.theme else ()


def every_logo(kind: PictureKind) -> Callable[[SiteContents], Iterable[PathParams]]:
    """The URLs of the pictures of this kind that the page's logo has."""
    return lambda contents: _logo_urls(contents.logos, kind)


def every_incident(contents: SiteContents) -> Iterable[PathParams]:
    """The URL of each incident."""
    return tuple({"public_id": each} for each in contents.incidents)


def every_maintenance(contents: SiteContents) -> Iterable[PathParams]:
    """The URL of each maintenance."""
    return tuple({"public_id": each} for each in contents.maintenances)


def every_window(contents: SiteContents) -> Iterable[PathParams]:
    """The URL of each window of a recurring maintenance."""
    return tuple(
        {"public_id": public_id, "occurrence": name}
        for public_id, names in contents.maintenances.items()
        for name in names
    )


def every_service(contents: SiteContents) -> Iterable[PathParams]:
    """The URL of each service."""
    return tuple({"slug": each} for each in contents.services)


def every_month(contents: SiteContents) -> Iterable[PathParams]:
    """The URL of each month of the history."""
    return tuple({"month": f"{each:%Y-%m}"} for each in contents.months)


def every_sitemap_part(contents: SiteContents) -> Iterable[PathParams]:
    """The URL of each part of the sitemap."""
    return tuple({"part": each} for each in part_names(contents))


def every_picture(contents: SiteContents) -> Iterable[PathParams]:
    """The URL of each certificate chain picture of an incident."""
    return tuple({"public_id": each, "phase": phase} for each, phase in contents.pictures)


def _logo_urls(logos: Iterable[LogoFacts], kind: PictureKind) -> Iterable[PathParams]:
    digests = dict.fromkeys(each.digest for each in logos if each.kind is kind)
    return tuple({"digest": each} for each in digests)
