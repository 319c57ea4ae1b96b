"""Settings of the HTTP server: how much a request and a connection may take."""

from pydantic import BaseModel, Field

__all__ = ["HttpSettings"]


class HttpSettings(BaseModel):
    """Limits of requests and connections: the part of the FYR_* settings about HTTP."""

    body_limit_bytes: int = Field(
        1_048_576, ge=1024, description="The largest request body that is accepted."
    )
    upload_limit_bytes: int = Field(
        2_097_152,
        ge=65_536,
        description="The largest request body with an uploaded picture that is accepted.",
    )
    import_limit_bytes: int = Field(
        500_000_000,
        ge=65_536,
        description="The largest request body with an uploaded history to import that is accepted.",
    )
    anonymous_body_limit_bytes: int = Field(
        65_536,
        ge=1024,
        description="The largest request body that is accepted before the sender is known: without "
        "a session, an API token or the token of a source.",
    )
    request_line_limit_bytes: int = Field(
        16_384,
        ge=1024,
        le=65_536,
        description="The longest request line, which contains the URL; a longer one is answered "
        "with 414.",
    )
    header_limit_bytes: int = Field(
        65_536,
        ge=4096,
        le=1_048_576,
        description="The largest header section of a request; a larger one is answered with 431.",
    )
    header_limit_fields: int = Field(
        100,
        ge=20,
        le=1000,
        description="The largest number of header fields of a request; more are answered with 431.",
    )
    header_timeout_seconds: float = Field(
        10.0,
        gt=0,
        le=600,
        description="The time in which a request line and the headers have to arrive, and in which "
        "a new connection has to begin; then it is closed.",
    )
    body_min_bytes_per_second: int = Field(
        1000,
        ge=1,
        le=1_000_000,
        description="How fast a body has to arrive, and a response has to be read, on average over "
        "ten seconds; a slower connection is closed.",
    )
    max_idle_connections: int = Field(
        1024,
        ge=1,
        le=1_000_000,
        description="The largest number of connections of each web process that wait for a "
        "request; when there are more, the oldest is closed.",
    )
    max_connections: int = Field(
        4096,
        ge=1,
        le=1_000_000,
        description="The largest number of connections of each web process. When there are more, "
        "the oldest is closed that waits for a request, else the oldest that receives a body; if "
        "all wait for responses, a new one is answered with 503.",
    )
    open_files: int = Field(
        65_536,
        ge=64,
        le=1_048_576,
        description="To how many open files and connections the limit of each process is raised at "
        "its start, as far as the system allows. With fewer than the connections need, there are "
        "fewer connections.",
    )
