"""Routes of the report by month as JSON and as CSV."""

from fastapi import APIRouter

from app.rendering.formats.report import report_csv, report_json
from app.usecases.public import report
from app.web.formats.cors import add_routes, cors_surface
from app.web.page_cache.surface_urls import always_hot, every_service

__all__ = ["SURFACES", "router"]

_JSON = "application/json; charset=utf-8"
_CSV = "text/csv; charset=utf-8"
_OF_SERVICE = report.service_report

SURFACES = (
    cors_surface("/report.json", _JSON, report.report, report_json, hot=always_hot),
    cors_surface("/report.csv", _CSV, report.report, report_csv, hot=always_hot),
    cors_surface(
        "/services/{slug}/report.json", _JSON, _OF_SERVICE, report_json, every=every_service
    ),
    cors_surface("/services/{slug}/report.csv", _CSV, _OF_SERVICE, report_csv, every=every_service),
)

router = APIRouter()
add_routes(router, SURFACES)
