"""The routes of the console, and the least role that each requires."""

import re

from fastapi import FastAPI

from app.domain.permissions import Role
from tests.web.api.routes import every_route

__all__ = ["NEEDED", "SIGNED_OUT", "Operation", "an_address", "console_routes"]

Operation = tuple[str, str]

VIEWER, EDITOR, ADMIN = Role.VIEWER, Role.EDITOR, Role.ADMIN

CERTIFICATE = "/console/certificates/{target_id}"
MAINTENANCE = "/console/maintenances/{maintenance_id}"

SOURCE = "/console/sources/{source_id}"

# Open to visitors who are not signed in.
SIGNED_OUT: set[Operation] = {
    ("GET", "/console"),
    ("GET", "/console/invitation/{secret}"),
    ("POST", "/console/invitation/{secret}"),
    ("GET", "/console/login"),
    ("GET", "/console/login/single-sign-on"),
    ("GET", "/console/login/single-sign-on/callback"),
    ("POST", "/console/login"),
    ("POST", "/console/login/passkey"),
    ("POST", "/console/login/second-factor"),
    ("GET", "/console/welcome/{secret}"),
    ("POST", "/console/welcome/{secret}"),
}
# The least role that each other route requires.
NEEDED: dict[Operation, Role] = {
    ("GET", "/console/"): VIEWER,
    ("GET", "/console/account"): VIEWER,
    ("POST", "/console/account/language"): VIEWER,
    ("POST", "/console/account/passkeys"): VIEWER,
    ("POST", "/console/account/passkeys/{passkey_id}/remove"): VIEWER,
    ("POST", "/console/account/password"): VIEWER,
    ("GET", "/console/account/second-factor"): VIEWER,
    ("GET", "/console/account/second-factor/code.svg"): VIEWER,
    ("POST", "/console/account/second-factor/confirm"): VIEWER,
    ("POST", "/console/account/second-factor/off"): VIEWER,
    ("POST", "/console/account/second-factor/start"): VIEWER,
    ("POST", "/console/account/security-events/seen"): VIEWER,
    ("POST", "/console/account/sessions/end-others"): VIEWER,
    ("POST", "/console/account/sessions/{session_id}/end"): VIEWER,
    ("GET", "/console/certificates"): VIEWER,
    ("POST", "/console/certificates"): ADMIN,
    ("GET", "/console/certificates/new"): ADMIN,
    ("GET", CERTIFICATE): VIEWER,
    ("GET", f"{CERTIFICATE}/chain.svg"): VIEWER,
    ("GET", f"{CERTIFICATE}/edit"): ADMIN,
    ("POST", f"{CERTIFICATE}/edit"): ADMIN,
    ("POST", f"{CERTIFICATE}/probe"): EDITOR,
    ("POST", f"{CERTIFICATE}/pause"): ADMIN,
    ("POST", f"{CERTIFICATE}/resume"): ADMIN,
    ("POST", f"{CERTIFICATE}/delete"): ADMIN,
    ("GET", "/console/sources"): VIEWER,
    ("GET", "/console/sources/unmapped"): VIEWER,
    ("GET", "/console/sources/new"): ADMIN,
    ("GET", "/console/sources/new/{kind}"): ADMIN,
    ("POST", "/console/sources/new/{kind}"): ADMIN,
    ("GET", "/console/sources/docs/{name}"): VIEWER,
    ("GET", SOURCE): VIEWER,
    ("GET", f"{SOURCE}/try"): ADMIN,
    ("POST", f"{SOURCE}/try"): ADMIN,
    ("GET", f"{SOURCE}/edit"): ADMIN,
    ("POST", f"{SOURCE}/edit"): ADMIN,
    ("POST", f"{SOURCE}/enable"): ADMIN,
    ("POST", f"{SOURCE}/disable"): ADMIN,
    ("POST", f"{SOURCE}/delete"): ADMIN,
    ("POST", f"{SOURCE}/rotate-token"): ADMIN,
    ("POST", f"{SOURCE}/rotate-secret"): ADMIN,
    ("GET", f"{SOURCE}/events"): VIEWER,
    ("GET", f"{SOURCE}/events/{{event_id}}"): VIEWER,
    ("POST", f"{SOURCE}/events/{{event_id}}/replay"): ADMIN,
    ("POST", f"{SOURCE}/events/{{event_id}}/try"): ADMIN,
    ("GET", "/console/routes"): VIEWER,
    ("POST", "/console/routes"): ADMIN,
    ("GET", "/console/routes/new"): ADMIN,
    ("GET", "/console/routes/{route_id}"): ADMIN,
    ("POST", "/console/routes/{route_id}"): ADMIN,
    ("POST", "/console/routes/{route_id}/delete"): ADMIN,
    ("GET", "/console/tokens"): ADMIN,
    ("POST", "/console/tokens"): ADMIN,
    ("POST", "/console/tokens/{token_id}/revoke"): ADMIN,
    ("GET", "/console/audit"): ADMIN,
    ("GET", "/console/audit/export.csv"): ADMIN,
    ("POST", "/console/logout"): VIEWER,
    ("GET", "/console/markdown"): VIEWER,
    ("GET", "/console/maintenances"): VIEWER,
    ("GET", "/console/maintenances/new"): EDITOR,
    ("POST", "/console/maintenances/new"): EDITOR,
    ("GET", MAINTENANCE): VIEWER,
    ("GET", f"{MAINTENANCE}/edit"): EDITOR,
    ("POST", f"{MAINTENANCE}/edit"): EDITOR,
    ("POST", f"{MAINTENANCE}/publish"): EDITOR,
    ("POST", f"{MAINTENANCE}/cancel"): EDITOR,
    ("POST", f"{MAINTENANCE}/finish"): EDITOR,
    ("POST", f"{MAINTENANCE}/move"): EDITOR,
    ("POST", f"{MAINTENANCE}/reinstate"): EDITOR,
    ("GET", f"{MAINTENANCE}/update"): EDITOR,
    ("POST", f"{MAINTENANCE}/update"): EDITOR,
    ("GET", f"{MAINTENANCE}/updates/{{update_id}}"): EDITOR,
    ("POST", f"{MAINTENANCE}/updates/{{update_id}}"): EDITOR,
    ("GET", f"{MAINTENANCE}/updates/{{update_id}}/remove"): EDITOR,
    ("POST", f"{MAINTENANCE}/updates/{{update_id}}/remove"): EDITOR,
    ("POST", f"{MAINTENANCE}/windows/{{occurrence}}/cancel"): EDITOR,
    ("POST", f"{MAINTENANCE}/windows/{{occurrence}}/reinstate"): EDITOR,
    ("GET", "/console/page"): ADMIN,
    ("POST", "/console/page"): ADMIN,
    ("GET", "/console/page/logo"): ADMIN,
    ("POST", "/console/page/logo"): ADMIN,
    ("POST", "/console/page/logo/name"): ADMIN,
    ("POST", "/console/page/logo/remove"): ADMIN,
    ("GET", "/console/services"): VIEWER,
    ("POST", "/console/services/order"): ADMIN,
    ("GET", "/console/services/new"): ADMIN,
    ("POST", "/console/services/new"): ADMIN,
    ("GET", "/console/services/{slug}/edit"): ADMIN,
    ("POST", "/console/services/{slug}/edit"): ADMIN,
    ("GET", "/console/services/{slug}/aliases"): ADMIN,
    ("POST", "/console/services/{slug}/aliases"): ADMIN,
    ("POST", "/console/services/{slug}/aliases/remove"): ADMIN,
    ("POST", "/console/services/{slug}/archive"): ADMIN,
    ("POST", "/console/services/{slug}/restore"): ADMIN,
    ("GET", "/console/services/groups/new"): ADMIN,
    ("POST", "/console/services/groups/new"): ADMIN,
    ("POST", "/console/services/groups/order"): ADMIN,
    ("GET", "/console/services/groups/{slug}/edit"): ADMIN,
    ("POST", "/console/services/groups/{slug}/edit"): ADMIN,
    ("POST", "/console/services/groups/{slug}/remove"): ADMIN,
    ("GET", "/console/incidents"): VIEWER,
    ("GET", "/console/incidents/new"): EDITOR,
    ("POST", "/console/incidents/new"): EDITOR,
    ("GET", "/console/incidents/{incident_id}"): VIEWER,
    ("GET", "/console/incidents/{incident_id}/chain-{phase}.svg"): VIEWER,
    ("GET", "/console/incidents/{incident_id}/delete"): EDITOR,
    ("POST", "/console/incidents/{incident_id}/delete"): EDITOR,
    ("POST", "/console/incidents/{incident_id}/dismiss"): EDITOR,
    ("GET", "/console/incidents/{incident_id}/edit"): EDITOR,
    ("POST", "/console/incidents/{incident_id}/edit"): EDITOR,
    ("POST", "/console/incidents/{incident_id}/hand-back"): EDITOR,
    ("GET", "/console/incidents/{incident_id}/postmortem"): EDITOR,
    ("POST", "/console/incidents/{incident_id}/postmortem"): EDITOR,
    ("POST", "/console/incidents/{incident_id}/notes"): EDITOR,
    ("POST", "/console/incidents/{incident_id}/notes/{note_id}/delete"): EDITOR,
    ("POST", "/console/incidents/{incident_id}/publish"): EDITOR,
    ("POST", "/console/incidents/{incident_id}/take-over"): EDITOR,
    ("GET", "/console/incidents/{incident_id}/update"): EDITOR,
    ("POST", "/console/incidents/{incident_id}/update"): EDITOR,
    ("GET", "/console/incidents/{incident_id}/updates/{update_id}"): EDITOR,
    ("POST", "/console/incidents/{incident_id}/updates/{update_id}"): EDITOR,
    ("GET", "/console/incidents/{incident_id}/updates/{update_id}/remove"): EDITOR,
    ("POST", "/console/incidents/{incident_id}/updates/{update_id}/remove"): EDITOR,
    ("GET", "/console/pending-texts/{pending_text_id}"): VIEWER,
    ("POST", "/console/pending-texts/{pending_text_id}/approve"): EDITOR,
    ("POST", "/console/pending-texts/{pending_text_id}/withdraw"): EDITOR,
    ("POST", "/console/pending-texts/{pending_text_id}/rewrite"): EDITOR,
    ("POST", "/console/pending-texts/{pending_text_id}/dismiss"): EDITOR,
    ("GET", "/console/replies"): VIEWER,
    ("GET", "/console/replies/new"): EDITOR,
    ("POST", "/console/replies/new"): EDITOR,
    ("GET", "/console/replies/{reply_id}"): EDITOR,
    ("POST", "/console/replies/{reply_id}"): EDITOR,
    ("POST", "/console/replies/{reply_id}/delete"): EDITOR,
    ("GET", "/console/users"): ADMIN,
    ("POST", "/console/users"): ADMIN,
    ("GET", "/console/users/{user_id}"): ADMIN,
    ("POST", "/console/users/{user_id}/disable"): ADMIN,
    ("POST", "/console/users/{user_id}/enable"): ADMIN,
    ("POST", "/console/users/{user_id}/identity/forget"): ADMIN,
    ("POST", "/console/users/{user_id}/link"): ADMIN,
    ("POST", "/console/users/{user_id}/role"): ADMIN,
    ("POST", "/console/users/{user_id}/second-factor/reset"): ADMIN,
    ("POST", "/console/users/{user_id}/sessions/end"): ADMIN,
}


def console_routes(app: FastAPI) -> set[Operation]:
    """The method and path of each route below /console."""
    return {
        (method, path) for method, path, _ in every_route(app) if f"{path}/".startswith("/console/")
    }


def an_address(path: str) -> str:
    """An address of the route, with ids that no row has."""
    return re.sub(r"\{[^}]*\}", "zzzzzzzzzzzz", path)
