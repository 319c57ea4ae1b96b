"""Routes that need no authentication: the list, and nothing else."""

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from app.web import formats
from app.web.public import surfaces
from tests.cast import Installation
from tests.web.api.routes import api_operations, asks_who, every_route, example_of

# Surfaces are what visitors read: each reads as a visitor, with and without the tag of a language.
SURFACES = [surface.path for surface in (*surfaces.SURFACES, *formats.SURFACES)]
# Any other route that is to be public says so here.
PUBLIC_ROUTES = {
    *SURFACES,
    *(f"/{{tag}}{path}" for path in SURFACES),
    *(
        "/{tag}",
        "/favicon.ico",
        "/icon.png",
        "/static/{content_hash}/{name}",
        "/healthz",
        "/readyz",
    ),
    "/.well-known/security.txt",
    *("/i/{public_id}", "/i/{public_id}/{occurrence}", "/api/v2/{rest:path}", "/embed.js"),
    "/metrics",  # its own guard: tests/web/test_metrics.py
    *("/console", "/console/login", "/console/login/passkey", "/console/welcome/{secret}"),
    *("/console/login/second-factor", "/console/invitation/{secret}"),
    *("/console/login/link", "/console/login/link/sent"),
    *("/console/login/single-sign-on", "/console/login/single-sign-on/callback"),
    # Subscribers prove themselves by the token in a link.
    *("/{tag}/subscribe/confirm/{token}", "/unsubscribe/{token}"),
    *("/{tag}/subscription/{token}", "/{tag}/subscription/{token}/data.json"),
    # Any browser may subscribe itself, and any may read the manifest.
    *("/{tag}/subscribe/push", "/push.js", "/manifest.webmanifest"),
    # Monitors prove themselves by a token of their own.
    *("/hooks/{rest:path}", "/v2/enqueue", "/v2/enqueue/", "/v2/alerts", "/v2/alerts/{rest:path}"),
    *("/api/docs", "/api/docs/{name}", "/api/openapi.json"),
}


def test_each_route_asks_who_is_there_or_is_public_on_purpose(
    sqlite_installation: Installation,
) -> None:
    open_to_all = {
        path for _, path, needs in every_route(sqlite_installation.app) if not asks_who(needs)
    }
    assert open_to_all - PUBLIC_ROUTES == set()


def test_no_public_route_asks_who_is_there(sqlite_installation: Installation) -> None:
    guarded = {path for _, path, needs in every_route(sqlite_installation.app) if asks_who(needs)}
    assert guarded & PUBLIC_ROUTES == set()


def test_a_forgotten_guard_is_found() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.add_api_route("/secret", lambda: PlainTextResponse("!"))
    assert [path for _, path, needs in every_route(app) if not asks_who(needs)] == ["/secret"]


def test_each_operation_is_described(sqlite_installation: Installation) -> None:
    document = sqlite_installation.vera.get("/api/openapi.json").json()
    described = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert described == api_operations(sqlite_installation.app)


def test_each_operation_says_what_it_does_and_how_it_is_refused(
    sqlite_installation: Installation,
) -> None:
    document = sqlite_installation.vera.get("/api/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["description"].endswith("."), (method, path)
            statuses = set(operation["responses"])
            assert {"401", "503"} <= statuses
            single = {
                ("get", "/api/v1/page/logo"),
                ("delete", "/api/v1/page/logo"),
                ("get", "/api/v1/translation-provider"),
                ("post", "/api/v1/translation-provider/check"),
            }
            may_be_absent = "{" in path or (method, path) in single
            assert ("404" in statuses) is may_be_absent
            if method != "get":
                names = {each["name"].lower() for each in operation["parameters"]}
                # Sent again, a file is another upload, which is deleted after a day if not used.
                assert "idempotency-key" in names or path == "/api/v1/imports/files"
                assert {"400", "403", "409", "413", "422"} <= statuses
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_each_example_is_one_that_the_schema_takes(sqlite_installation: Installation) -> None:
    for operation in api_operations(sqlite_installation.app):
        example = example_of(sqlite_installation, operation)
        if example is not None:
            method, path = operation
            parts = ["zzzzzzzzzzzz" if part.startswith("{") else part for part in path.split("/")]
            answer = sqlite_installation.ada.ask(method, "/".join(parts), json=example)
            codes = {fault["code"] for fault in answer.json().get("errors", ())}
            assert not codes & {"missing", "unknown_field", "invalid_value"}, (operation, codes)


def test_the_description_and_its_page_can_be_asked_for_their_headers(
    sqlite_installation: Installation,
) -> None:
    for path in ("/api/openapi.json", "/api/docs", "/api/docs/swagger-ui.css"):
        reported, asked = (
            sqlite_installation.vera.get(path),
            sqlite_installation.vera.ask("HEAD", path),
        )
        assert (asked.status_code, asked.content) == (200, b"")
        assert asked.headers["etag"] == reported.headers["etag"]


def test_a_file_that_the_page_has_not_is_not_found(sqlite_installation: Installation) -> None:
    for name in ("index.html", "..%2f__init__.py"):
        assert sqlite_installation.vera.get(f"/api/docs/{name}").status_code == 404
