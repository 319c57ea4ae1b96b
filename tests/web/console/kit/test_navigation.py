import pytest

from app.domain.permissions import Role
from app.web.console.kit.navigation import navigation_links


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/console/", "Now"),
        ("/console/sources/new", "Sources"),
        ("/console/routes", "Sources"),
        ("/console/routes/new", "Sources"),
        ("/console/page/import", "Settings"),
    ],
)
def test_each_page_belongs_to_one_screen_of_the_navigation(path: str, name: str) -> None:
    links = navigation_links(Role.ADMIN, path, str)
    assert [link.name for link in links if link.is_current] == [name]
