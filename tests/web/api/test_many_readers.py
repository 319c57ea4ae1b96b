"""More requests at once than there are connections to the database, and threads."""

import asyncio
from pathlib import Path

import httpx

from tests.cast import BASE_URL, open_installation


def test_one_token_with_many_requests_at_once_does_not_stop_the_others(
    sqlite_url: str, tmp_path: Path
) -> None:
    with open_installation(sqlite_url, tmp_path, database_pool_size=5) as installation:
        headers = installation.cy.headers

        async def ask() -> list[int]:
            transport = httpx.ASGITransport(installation.app)
            async with httpx.AsyncClient(
                transport=transport, base_url=BASE_URL, headers=headers
            ) as client:
                asked = (client.get("/api/v1/incidents") for _ in range(120))
                return [each.status_code for each in await asyncio.gather(*asked)]

        assert set(asyncio.run(ask())) == {200}
