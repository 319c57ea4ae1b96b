"""The screens of the console for what is watched: in a real browser, on a desk and on a phone."""

from collections.abc import Mapping

import pytest

from app.domain.permissions import Role
from app.monitors import ADAPTERS
from app.usecases import sources
from app.usecases.hook_events import NewEvent, store
from app.usecases.source_records import NewSource
from tests.browser import axe
from tests.browser.served import PHONE, Console
from tests.usecases.ahead import Lookout

_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def addresses(console: Console) -> Mapping[str, str]:
    """The screens, with something on each."""
    lookout = Lookout(console.house, console.house.settings.data_dir)
    target = lookout.watch()
    lookout.see(target, lookout.long_chain())
    office = console.house.app.state.office
    with console.house.writing() as ctx:
        new = NewSource("generic", "Scripts")
        source = sources.add_source(ctx, office.sealer, new, ADAPTERS).source.id
        number = sources.required(ctx, source).id or 0
        body = b'{"dedup_key": "backup", "status": "down", "labels": {"job": "nightly"}}'
        kept = {"content-type": "application/json"}
        (event,) = store(ctx, [NewEvent(number, ctx.now, "POST", "", "", kept, body)])
    office.receiver.wake()
    return {
        "targets": "/console/certificates",
        "target": f"/console/certificates/{target}",
        "edit": f"/console/certificates/{target}/edit",
        "sources": "/console/sources",
        "kinds": "/console/sources/new",
        "new source": "/console/sources/new/generic",
        "source": f"/console/sources/{source}",
        "delivery": f"/console/sources/{source}/events/{event}",
        "unmapped": "/console/sources/unmapped",
        "rules": "/console/routes",
        "rule": f"/console/routes/new?source={source}&event={event}",
        "tokens": "/console/tokens",
        "log": "/console/audit",
    }


def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    console: Console, addresses: Mapping[str, str]
) -> None:
    for name, path in addresses.items():
        tab = console.page(Role.ADMIN, path)
        assert axe.look(tab) == [], name
        tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
        assert tab.evaluate(_OVERFLOW) == 0, name
        tab.close()


def test_the_picture_of_a_chain_is_seen(console: Console, addresses: Mapping[str, str]) -> None:
    tab = console.page(Role.VIEWER, addresses["target"])
    assert tab.eval_on_selector(".chain img", "image => image.naturalWidth") > 0
    tab.close()
