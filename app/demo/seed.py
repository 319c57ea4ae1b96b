"""Initial content of the demo's page: services and a history.

All of it is invented except app/demo/data/netpark.json, which states what is real in it.
"""

import json
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

__all__ = ["documents"]

_APP = {"en": "Customer app", "sv": "Kundappen", "ar": "تطبيق العملاء"}
_PERMITS = {"en": "Permits", "sv": "Tillstånd", "ar": "التصاريح"}
_ONLINE = {"en": "Online", "sv": "På nätet", "ar": "عبر الإنترنت"}


def documents(now: datetime) -> tuple[dict[str, Any], ...]:
    """Return the import documents of the demo, oldest history first."""
    netpark = files("app.demo").joinpath("data/netpark.json").read_text(encoding="utf-8")
    return json.loads(netpark), _recent(now)


def _recent(now: datetime) -> dict[str, Any]:
    return {
        "format": "fyr-import-1",
        "services": [
            {"slug": "app", "name": _APP, "group": _ONLINE, "known_since": _ago(now, days=90)},
            # Known for less than 90 days, so that its uptime bar has days without data.
            {
                "slug": "permits",
                "name": _PERMITS,
                "group": _ONLINE,
                "known_since": _ago(now, days=41),
            },
        ],
        "incidents": [_slow_app(now), _stuck_gates(now)],
    }


def _slow_app(now: datetime) -> dict[str, Any]:
    return {
        "title": {
            "en": "The app is slow",
            "sv": "Appen är långsam",
            "ar": "التطبيق بطيء",
        },
        "updates": [
            {
                "status": "investigating",
                "posted_at": _ago(now, days=5, hours=6),
                "services": {"app": "degraded_performance"},
                "body": {
                    "en": "Opening a ticket takes up to ten seconds. We are looking for the cause.",
                    "sv": "Det tar upp till tio sekunder att öppna en biljett. Vi söker orsaken.",
                    "ar": "قد يستغرق فتح التذكرة عشر ثوانٍ. نبحث عن السبب.",
                },
            },
            {
                "status": "resolved",
                "posted_at": _ago(now, days=5, hours=4),
                "body": {
                    "en": "A search index was missing after last night's release. It is back.",
                    "sv": "Ett sökindex saknades efter nattens version. Det är på plats igen.",
                    "ar": "كان فهرس بحث مفقودًا بعد إصدار الليلة الماضية، وقد أُعيد الآن.",
                },
            },
        ],
    }


def _stuck_gates(now: datetime) -> dict[str, Any]:
    return {
        "title": {
            "en": "Some gates do not open",
            "sv": "Några bommar öppnas inte",
            "ar": "بعض البوابات لا تُفتح",
        },
        "updates": [
            {
                "status": "identified",
                "posted_at": _ago(now, days=33, hours=9),
                "services": {"self-park": "partial_outage"},
                "body": {
                    "en": "A network switch at two locations has failed. Staff open by hand.",
                    "sv": "En nätverksväxel på två platser är trasig. Personal öppnar för hand.",
                    "ar": "تعطل محوّل شبكة في موقعين. يفتح الموظفون البوابات يدويًا.",
                },
            },
            {
                "status": "resolved",
                "posted_at": _ago(now, days=33, hours=7),
                "body": {
                    "en": "The switches are replaced and all gates open again.",
                    "sv": "Växlarna är utbytta och alla bommar öppnas igen.",
                    "ar": "استُبدلت المحوّلات وعادت جميع البوابات تُفتح.",
                },
            },
        ],
    }


def _ago(now: datetime, *, days: int, hours: int = 0) -> str:
    return (now - timedelta(days=days, hours=hours)).replace(microsecond=0).isoformat()
