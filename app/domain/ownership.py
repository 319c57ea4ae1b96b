"""Who may change an incident: automation owns what it opened until a person touches it."""

from enum import StrEnum

__all__ = ["ActorKind", "Owner", "may_change", "owner_after"]


class ActorKind(StrEnum):
    """What kind of being did something."""

    USER = "user"
    TOKEN = "token"  # noqa: S105  # a kind of actor, no secret
    SOURCE = "source"
    PROBE = "probe"
    WORKER = "worker"
    SHELL = "shell"

    @property
    def is_automation(self) -> bool:
        """Monitors, probes and the worker act by themselves; the others have a person behind."""
        return self in {ActorKind.SOURCE, ActorKind.PROBE, ActorKind.WORKER}


class Owner(StrEnum):
    """Whose hands an incident is in."""

    AUTOMATION = "automation"
    STAFF = "staff"


def may_change(actor: ActorKind, owner: Owner) -> bool:
    """Whether `actor` may change what visitors see of an incident in the hands of `owner`."""
    return owner is Owner.AUTOMATION or not actor.is_automation


def owner_after(actor: ActorKind, owner: Owner) -> Owner:
    """Whose an incident is after `actor` changed it: a person's touch makes it staff's."""
    return owner if actor.is_automation else Owner.STAFF
