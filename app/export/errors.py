"""Error of an export."""

from app.domain.errors import FyrError

__all__ = ["ExportError"]


class ExportError(FyrError):
    """The destination cannot be read or written."""

    code = "export_failed"
