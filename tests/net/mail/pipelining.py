"""Sends mails through a pipeline, as the thread of a lane does for one connection."""

import asyncio
import select
from collections.abc import Sequence

from app.net.mail.transport import MailTransport
from app.ports.channel import Mail, MailPipeline, MailProgress, PipelinedMail

__all__ = ["send_pipelined", "step"]


def step(pipeline: MailPipeline) -> MailProgress:
    """Send what was announced, wait for the socket once, and go on."""
    sent = pipeline.proceed(is_readable=False)
    if sent.failure is not None:
        return sent
    poll = select.poll()
    poll.register(pipeline.descriptor, pipeline.events)
    poll.poll(5_000)
    return pipeline.proceed()


async def send_pipelined(transport: MailTransport, mails: Sequence[Mail]) -> list[str]:
    """The replies to the contents; the first mail opens the connection."""
    first, *others = mails
    async with transport.open() as connection:
        assert isinstance(connection, PipelinedMail)
        found = [await connection.send(first)]
        async with connection.pipeline() as pipeline:
            found += await asyncio.to_thread(_send_all, pipeline, others)
    return found


def _send_all(pipeline: MailPipeline, mails: Sequence[Mail]) -> list[str]:
    replies: list[str] = []
    coming = list(mails)
    pipeline.announce(coming.pop(0))
    while len(replies) < len(mails):
        progress = step(pipeline)
        assert progress.failure is None, progress.failure
        if progress.accepted is not None:
            replies.append(progress.accepted)
        if pipeline.awaits_content and len(replies) + len(coming) + 1 == len(mails):
            pipeline.send_content()
            if coming:
                pipeline.announce(coming.pop(0))
    return replies
