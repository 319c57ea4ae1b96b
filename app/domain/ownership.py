"""Ownership of incidents: automation owns what it opened until a person changes it."""

from datetime import datetime
from enum import StrEnum

__all__ = ["ActorKind", "Owner", "may_change", "owner_after", "publish_at_after"]


class ActorKind(StrEnum):
    """The kind of an actor."""

    USER = "user"
    TOKEN = "token"  # noqa: S105  # a kind of actor, no secret
    SOURCE = "source"
    PROBE = "probe"
    WORKER = "worker"
    SHELL = "shell"

    @property
    def is_automation(self) -> bool:
        """Whether the actor is a monitor, a probe or the worker; the others act for a person."""
        return self in {ActorKind.SOURCE, ActorKind.PROBE, ActorKind.WORKER}


class Owner(StrEnum):
    """The owner of an incident."""

    AUTOMATION = "automation"
    STAFF = "staff"


def may_change(actor: ActorKind, owner: Owner) -> bool:
    """Whether `actor` may change the public content of an incident that `owner` owns."""
    return owner is Owner.AUTOMATION or not actor.is_automation


def owner_after(actor: ActorKind, owner: Owner) -> Owner:
    """The owner after a change by `actor`: staff, unless the actor is automation."""
    return owner if actor.is_automation else Owner.STAFF


def publish_at_after(actor: ActorKind, publish_at: datetime | None) -> datetime | None:
    """When the clock publishes a draft after a change by `actor`: never after one by a person."""
    return publish_at if actor.is_automation else None
