"""The logo in mails: stored with the message that was rendered with it."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from sqlmodel import col, select

from app.db.tables import MailPictureRow, MessageRow
from app.ports.channel import SendError
from app.usecases.outbox import upkeep
from app.usecases.page.logo import set_logo
from app.worker.sending.messages import render
from tests.cast import Backend
from tests.factories import make_incident, make_subscriber
from tests.pictures.samples import raster
from tests.worker.receiving import FakeChannel, Worker

pytestmark = pytest.mark.anyio


async def test_every_mail_of_a_message_contains_the_logo_that_it_was_rendered_with(
    each_backend: Backend, tmp_path: Path
) -> None:
    email = FakeChannel()
    email.answers["0@example.net"].append(SendError("smtp_450"))
    with each_backend.writing() as ctx:
        set_logo(ctx, raster("PNG", (240, 80)))
        for number in range(2):
            make_subscriber(ctx, f"{number}@example.net")
    worker = Worker(each_backend, tmp_path, email, render=render)
    with each_backend.writing() as ctx:
        make_incident(ctx)
    await worker.run()
    await worker.close()
    with each_backend.writing() as ctx:
        set_logo(ctx, raster("PNG", (120, 80)))
        make_incident(ctx)
    other = Worker(each_backend, tmp_path, email, name="two", render=render)
    each_backend.clock.forward(minutes=2)
    await other.run()
    await other.close()
    former, again, *newer = email.messages
    assert former.pictures == again.pictures
    assert {each.pictures for each in newer} == {newer[0].pictures} != {former.pictures}
    for message in email.messages:
        (picture,) = message.pictures
        assert f'src="cid:{picture.content_id}"' in message.html
        assert sha256(picture.content).hexdigest()[:32] in picture.content_id
    with each_backend.writing() as ctx:
        (row, _) = ctx.session.exec(select(MessageRow).order_by(col(MessageRow.id))).all()
        stored = json.dumps(row.content, sort_keys=True)
        assert row.sha256 == sha256(stored.encode()).hexdigest()
        assert len(ctx.session.exec(select(MailPictureRow)).all()) == 2
    each_backend.clock.forward(days=91)
    with each_backend.writing() as ctx:
        upkeep.delete_expired(ctx, 90)
        assert ctx.session.exec(select(MailPictureRow)).all() == []
