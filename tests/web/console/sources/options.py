"""Values of every option of every kind of source, as the API accepts them."""

from collections.abc import Mapping

from app.domain.alerts.sources import AUTH_KINDS
from app.monitors import ADAPTERS
from app.ports.monitor import ConfigurableAdapter

__all__ = ["AUTHENTICATIONS", "options_of_kind"]

_EXPRESSION = "a.b\n  || join(', ', [c, '\"d\"']) || 'true'"
_SAMPLES: tuple[object, ...] = (
    ["P0, loud", "a=b", "down"],
    {"P0 = a": "critical", "P1, b": "major", "warning": "minor"},
    "neither",
    "Europe/Stockholm",
)
_OWN: Mapping[str, object] = {
    "dedup_key": ["host", "check || 'none, at all'"],
    "firing_values": [0, "1, 2", "down"],
    "resolved_values": ["one, single word"],
    "resolves": False,
    "other_values": "firing",
    "time_zone": "Europe/Stockholm",
}


def _value(adapter: ConfigurableAdapter, name: str) -> object:
    candidates = (_OWN.get(name, _EXPRESSION), *_SAMPLES)
    return next(each for each in candidates if not adapter.check_options({name: each}))


def options_of_kind(kind: str) -> dict[str, object]:
    """A value for each option of a kind that a careless form would change."""
    adapter = ADAPTERS[kind]
    return {name: _value(adapter, name) for name in adapter.option_names}


# Options for each method of authentication, with all that are optional.
AUTHENTICATIONS: Mapping[str, Mapping[str, object]] = {
    **{kind: {} for kind in AUTH_KINDS},
    "basic": {"username": "mona"},
    "header": {"header": "X-Secret"},
    "query": {"parameter": "pass"},
    "body": {"field": "auth.my token"},
    "grafana": {"header": "X-Sig", "timestamp_header": "X-Time"},
    "sns": {"topics": ["arn:aws:sns:eu-north-1:1:a", "arn:aws:sns:eu-north-1:1:b,c"]},
    "hmac": {
        "header": "X-Sig",
        "algorithm": "sha512",
        "encoding": "base64",
        "prefix": "v1=",
        "signed": "{timestamp}, {header:X-Id}.{body}",
        "timestamp_header": "X-Time",
    },
}
