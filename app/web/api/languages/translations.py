from fastapi import APIRouter

from app.domain.translation_overview import incident_translations, maintenance_translations
from app.usecases.incidents.lifecycle import get_incident
from app.usecases.maintenances.lifecycle import get_maintenance
from app.web.api.fields import PublicId
from app.web.api.json_route import JsonRoute
from app.web.api.languages.translation_schemas import Translations
from app.web.api.request import Reader

__all__ = ["router"]

router = APIRouter(tags=["languages"], route_class=JsonRoute)


@router.get("/incidents/{incident_id}/translations", responses={404: {}})
def list_incident_translations(request: Reader, incident_id: PublicId) -> Translations:
    """List what is missing, outdated or unread in the texts of an incident."""
    incident = get_incident(request.ctx, incident_id).incident
    return Translations.of(incident_translations(incident, request.page.languages))


@router.get("/maintenances/{maintenance_id}/translations", responses={404: {}})
def list_maintenance_translations(request: Reader, maintenance_id: PublicId) -> Translations:
    """List what is missing, outdated or unread in the texts of a maintenance."""
    window = get_maintenance(request.ctx, maintenance_id).maintenance
    return Translations.of(maintenance_translations(window, request.page.languages))
