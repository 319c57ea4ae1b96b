"""The part `targets` of the configuration."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from app.cli.configuration.document import ConfiguredTarget
from app.cli.configuration.run import Run
from app.cli.database import every_page
from app.domain.errors import InvalidError
from app.trust.errors import ProfileError
from app.usecases.targets import own_host, targets
from app.usecases.targets.profiles import load_profiles
from app.usecases.targets.targets import StaffTarget, TargetChanges

__all__ = ["apply_targets", "dump_targets"]

_FIELDS = (
    "host",
    "port",
    "starttls",
    "services",
    "publish",
    "interval_seconds",
    "fail_after",
    "recover_after",
    "warn_days",
    "profiles",
    "paused",
)


def apply_targets(run: Run, wanted: Sequence[ConfiguredTarget]) -> None:
    """Add and change targets, which their host and port identify."""
    present = _present(run)
    kept = set()
    known = _profiles(run)
    for number, new in enumerate(wanted):
        with run.at(f"targets[{number}]"):
            address = (targets.checked_host(new.host), new.port)
            if address in kept:
                raise InvalidError("This host and port is listed twice.", field="host")
            kept.add(address)
            _apply_target(run, new, present.get(address), known)
    for address, target in present.items():
        if address in kept or own_host.is_own(run.settings.base_url, *address):
            continue
        run.remove(
            "target",
            _name(target),
            partial(targets.delete_target, run.ctx, target.id),
        )


def _apply_target(
    run: Run, new: ConfiguredTarget, before: StaffTarget | None, known: Collection[str]
) -> None:
    fields = new.model_dump(exclude={"paused"})
    if before is None:
        before = targets.add_target(run.ctx, targets.NewTarget(**fields), known)
        run.added("target", _name(before))
        if new.paused:
            targets.pause_target(run.ctx, before.id)
        return
    if "starttls" in new.model_fields_set and new.starttls != before.starttls:
        raise InvalidError(
            "The way of STARTTLS of a target cannot be changed. Remove the target first.",
            field="starttls",
        )
    names = (set(fields) & new.model_fields_set) - {"host", "port", "starttls"}
    changes = {name: fields[name] for name in names}
    if changes:
        run.edit(
            "target",
            _name(before),
            before,
            lambda: targets.edit_target(run.ctx, before.id, TargetChanges(**changes), known),
        )
    if "paused" in new.model_fields_set and new.paused != before.paused:
        act = targets.pause_target if new.paused else targets.resume_target
        run.edit("target", _name(before), before, lambda: act(run.ctx, before.id))


def dump_targets(run: Run) -> list[dict[str, Any]]:
    """The targets, oldest first."""
    found = []
    for target in reversed(list(_present(run).values())):
        entry = {name: getattr(target, name) for name in _FIELDS}
        entry["services"] = list(target.services)
        entry["profiles"] = None if target.profiles is None else list(target.profiles)
        found.append({name: value for name, value in entry.items() if value not in (None, False)})
    return found


def _present(run: Run) -> Mapping[tuple[str, int], StaffTarget]:
    return {
        (each.host, each.port): each
        for each in every_page(
            lambda cursor: targets.list_targets(run.ctx, cursor=cursor, limit=100)
        )
    }


def _name(target: StaffTarget) -> str:
    return f"{target.host}:{target.port}"


def _profiles(run: Run) -> Collection[str]:
    try:
        return load_profiles(run.settings.data_dir / "profiles").keys()
    except ProfileError as error:
        raise InvalidError(error.message, code="broken_profile") from error
