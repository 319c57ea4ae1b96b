"""Every address where monitors call."""

from fastapi import APIRouter

from app.web.hooks.hooks import METHODS, hook
from app.web.hooks.opsgenie import METHODS as ALERT_METHODS
from app.web.hooks.opsgenie import alerts
from app.web.hooks.pagerduty import enqueue

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
router.add_api_route("/hooks/{rest:path}", hook, methods=list(METHODS))
for _path in ("/v2/enqueue", "/v2/enqueue/"):
    router.add_api_route(_path, enqueue, methods=["POST"])
for _path in ("/v2/alerts", "/v2/alerts/{rest:path}"):
    router.add_api_route(_path, alerts, methods=list(ALERT_METHODS))
