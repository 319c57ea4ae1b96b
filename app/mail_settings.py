"""Settings of e-mail: the part of the FYR_* settings that says how mail is sent."""

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from app.net.mail.mailbox import Mailbox, parse_mailbox
from app.net.mail.relay import MailFolder, Relay, ascii_mail_address, parse_relay

__all__ = ["MailSettings"]

_ADDRESS = "must be a mail address such as status@example.com, without a name"


class MailSettings(BaseModel):
    """Settings of e-mail. Without FYR_SMTP_URL no mail is sent and e-mail is not offered."""

    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="Where mail is handed over: `smtp://USER:PASSWORD@HOST:587` (STARTTLS is "
        "required unless the host is loopback or `?starttls=off` is added), "
        "`smtps://USER:PASSWORD@HOST:465`, or `maildir:FOLDER`, which writes files; `?ca=FILE` "
        "adds trusted certificates. No e-mail when empty.",
    )
    mail_from: str = Field(
        "",
        validate_default=True,
        description="The mail address from which messages are sent, such as "
        "`status@example.com`; required with `FYR_SMTP_URL`.",
    )
    bounce_address: str = Field(
        "",
        description="The mail address to which failures of delivery are reported; each mail gets "
        "an address of its own, `LOCAL+ID@DOMAIN`. `FYR_MAIL_FROM` when empty.",
    )
    bounce_imap_url: SecretStr = Field(
        SecretStr(""),
        validate_default=True,
        description="The IMAP folder that `FYR_BOUNCE_ADDRESS` leads to, read each minute: "
        "`imaps://USER:PASSWORD@HOST/FOLDER`, or `imap://` with STARTTLS. Mails that were read are "
        "moved to the folder `Handled`.",
    )
    smtp_connections: int = Field(
        4, ge=1, le=64, description="How many connections to the relay are open at once."
    )
    smtp_messages_per_connection: int = Field(
        100,
        ge=1,
        le=10_000,
        description="After how many mails a connection to the relay is closed and opened again.",
    )
    smtp_rate: float = Field(
        0.0,
        ge=0,
        le=10_000,
        description="How many mails are sent in a second, by all workers; 0 means no limit.",
    )
    dkim_key: Path = Field(
        Path(),
        description="A PEM file with an RSA key of at least 1024 bits with which mails are signed "
        "(DKIM), if the relay does not sign them.",
    )
    dkim_selector: str = Field(
        "",
        validate_default=True,
        pattern=r"^([A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?)?$",
        description="The DKIM selector: the public key is in DNS as "
        "`SELECTOR._domainkey.DOMAIN`; required with `FYR_DKIM_KEY`.",
    )

    @field_validator("smtp_url")
    @classmethod
    def _known_relay(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            parse_relay(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str, info: ValidationInfo) -> str:
        url = info.data.get("smtp_url")
        # Absent when it is invalid: that is reported already.
        if url is None:
            return value
        if value and not url.get_secret_value():
            raise ValueError("needs FYR_SMTP_URL")
        if not value and url.get_secret_value():
            raise ValueError("must be given where FYR_SMTP_URL is")
        return _checked_address(value)

    @field_validator("bounce_address")
    @classmethod
    def _bounces(cls, value: str, info: ValidationInfo) -> str:
        if value and not info.data.get("mail_from", "-"):
            raise ValueError("needs FYR_SMTP_URL and FYR_MAIL_FROM")
        return _checked_address(value)

    @field_validator("bounce_imap_url")
    @classmethod
    def _known_mailbox(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if value.get_secret_value():
            if not info.data.get("bounce_address", "-"):
                raise ValueError("needs FYR_BOUNCE_ADDRESS")
            parse_mailbox(value.get_secret_value())
        return value

    @field_validator("dkim_key")
    @classmethod
    def _readable_key(cls, value: Path) -> Path:
        if value != Path():
            from app.net.mail.dkim import DkimError, read_key

            try:
                read_key(value)
            except DkimError as error:
                raise ValueError(str(error)) from None
        return value

    @field_validator("dkim_selector")
    @classmethod
    def _selector(cls, value: str, info: ValidationInfo) -> str:
        key = info.data.get("dkim_key")
        if key is not None and (key != Path()) != bool(value):
            raise ValueError("FYR_DKIM_KEY and FYR_DKIM_SELECTOR must be given together")
        return value

    @property
    def mail_is_set_up(self) -> bool:
        """Whether mail can be sent."""
        return bool(self.smtp_url.get_secret_value())

    @property
    def bounce_mailbox(self) -> Mailbox | None:
        """The folder of bounces, None when none is read."""
        url = self.bounce_imap_url.get_secret_value()
        return parse_mailbox(url) if url else None

    @property
    def relay(self) -> Relay | MailFolder | None:
        """Where mail is handed over, None while mail is not set up."""
        url = self.smtp_url.get_secret_value()
        return parse_relay(url) if url else None


def _checked_address(value: str) -> str:
    if not value:
        return value
    address = ascii_mail_address(value)
    if address is None:
        raise ValueError(_ADDRESS)
    return address
