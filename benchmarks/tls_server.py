"""TLS server for measurements, on a free port of the loopback interface, which it prints.

`python -m benchmarks.tls_server FILE` serves the chain and key in FILE. Without FILE the server
accepts connections and sends nothing.
"""

import asyncio
import resource
import ssl
import sys
from pathlib import Path

_BACKLOG = 4096


async def main(file: Path | None) -> None:
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
    context = None
    if file is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)

    async def read_until_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(1000):
                pass
        except OSError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(
        read_until_closed, "127.0.0.1", 0, ssl=context, backlog=_BACKLOG
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
