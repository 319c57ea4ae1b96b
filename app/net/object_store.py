"""Object stores: S3-compatible buckets, opened by the address s3://BUCKET/PREFIX."""

from datetime import timedelta
from typing import TYPE_CHECKING

from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.domain.errors import InvalidError

if TYPE_CHECKING:  # the library has these names for type checkers alone
    from obstore.store import ClientConfig, RetryConfig, S3Config

__all__ = ["open_store", "store_reason"]

# After a longer outage the operation fails, and the caller decides when to repeat it.
_CLIENT: "ClientConfig" = {
    "timeout": timedelta(seconds=30),
    "connect_timeout": timedelta(seconds=5),
    "allow_http": True,  # applies only to an endpoint that the operator gave as http://
}
_RETRY: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=60)}


def open_store(url: str, endpoint: str | None = None) -> tuple[S3Store, str]:
    """The store of a bucket and prefix at `endpoint`, or else at Amazon's; and its name.

    Credentials, region and endpoint come from the usual AWS_* variables. Raises InvalidError.
    """
    address, _, prefix = url.removeprefix("s3://").partition("/")
    config: S3Config = {} if endpoint is None else {"endpoint": endpoint}
    try:
        store = S3Store(
            address,
            prefix=prefix.strip("/") or None,
            config=config,
            client_options=_CLIENT,
            retry_config=_RETRY,
        )
    except (BaseError, ValueError) as error:
        raise InvalidError(f"{url} cannot be used: {store_reason(error)}.") from None
    return store, f"s3://{address}/{prefix}"


def store_reason(error: Exception) -> str:
    """The store's message in one line; it contains URLs and codes, never credentials."""
    text = str(error).strip().partition("\n")[0]
    return text[:300].rstrip(". ") or type(error).__name__
