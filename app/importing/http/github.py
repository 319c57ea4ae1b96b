"""A repository on GitHub: its files, issues and comments, from the REST API.

Issues and comments are lists of the whole repository: without a token GitHub answers 60 requests an
hour.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote, urlsplit

from app.importing.errors import RefusedTokenError, SourceStatusError, UnsuitableSourceError
from app.importing.values import object_at, objects_at, objects_in
from app.ports.importer import ImportTools, Row, SourceResponse

__all__ = ["GitHubRepository", "repository_api"]

_GITHUB = re.compile(r"(?:https?://)?(?:www\.)?github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?(?:/.*)?")
_PATH = re.compile(r"/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")
_API = "https://api.github.com/repos"
# GitHub Enterprise Server has its API below this path.
_ENTERPRISE = "/api/v3/repos"
_PER_PAGE = 100
_MOST_PAGES = 2_000
_JSON, _RAW = "application/vnd.github+json", "application/vnd.github.raw"
_VERSION = "2022-11-28"
_TEXT = "{ ... on Blob { text isTruncated } }"
_FOLDER = f"{{ ... on Tree {{ entries {{ name object {_TEXT} }} }} }}"


def repository_api(source: str) -> str:
    """The address of a repository in the API of its server; other sources as they are."""
    found = _GITHUB.fullmatch(source)
    if found is not None:
        return f"{_API}/{found[1]}/{found[2]}"
    if not source.startswith(("http://", "https://")):
        return source
    parts = urlsplit(source)
    named = _PATH.fullmatch(parts.path)
    if named is None or parts.query or "@" in parts.netloc:
        return source
    return f"{parts.scheme}://{parts.netloc}{_ENTERPRISE}/{named[1]}/{named[2]}"


class GitHubRepository:
    """Reads a repository through the tools, whose source is its address in the API."""

    def __init__(self, tools: ImportTools) -> None:
        self._tools = tools
        self.name = "/".join(urlsplit(tools.source).path.strip("/").split("/")[-2:])

    def file(self, path: str) -> bytes | None:
        """A file of the default branch; None when there is none."""
        response = self._get(f"/contents/{quote(path)}", _RAW)
        if response.status == 404:
            return None
        return self._checked(response, path).body

    def files(self, names: Sequence[str], folder: str) -> dict[str, bytes] | None:
        """The named files and those in a folder, by path, in one request to the GraphQL API.

        None without a token, which that API needs, or when its answer does not have them.
        """
        if self._tools.token is None:
            return None
        owner, _, name = self.name.partition("/")
        fields = "".join(
            f" f{number}: object(expression: $f{number}) {_TEXT}" for number in range(len(names))
        )
        declared = "".join(f", $f{number}: String!" for number in range(len(names)))
        query = (
            f"query ($owner: String!, $name: String!, $folder: String!{declared}) {{ "
            f"repository(owner: $owner, name: $name) {{ folder: object(expression: $folder) "
            f"{_FOLDER}{fields} }} }}"
        )
        variables = {f"f{number}": f"HEAD:{each}" for number, each in enumerate(names)}
        variables |= {"owner": owner, "name": name, "folder": f"HEAD:{folder}"}
        response = self._tools.post(
            self._graphql, {"query": query, "variables": variables}, headers=self._headers(_JSON)
        )
        if response.status != 200 or response.media_type != "application/json":
            return None
        found = self._tools.parse_json(response.body, "graphql")
        repository = object_at(object_at(found, "data"), "repository")
        blobs = {each: object_at(repository, f"f{number}") for number, each in enumerate(names)}
        for entry in objects_at(object_at(repository, "folder"), "entries"):
            blobs[f"{folder}/{entry.get('name')}"] = object_at(entry, "object")
        return _contents(blobs)

    def issues(self) -> Iterator[Row]:
        """All issues and pull requests, open and closed."""
        yield from self._list("/issues?state=all&per_page=100", "number")

    def comments(self) -> Iterator[Row]:
        """The comments on all issues."""
        yield from self._list("/issues/comments?per_page=100", "id")

    def _list(self, path: str, key: str) -> Iterator[Row]:
        """The objects of all pages, each once: new ones move the others to later pages."""
        seen: set[object] = set()
        page = 1
        while page <= _MOST_PAGES:
            asked = path if page == 1 else f"{path}&page={page}"
            name = path.partition("?")[0][1:]
            response = self._checked(self._get(asked, _JSON), name)
            found = self._tools.parse_json(response.body, name)
            if not isinstance(found, list):
                raise UnsuitableSourceError(
                    name, f"{name} of {self.name} is no list: is it an API of GitHub?"
                )
            for each in objects_in(found):
                number = each.get(key)
                if isinstance(number, int) and number not in seen:
                    seen.add(number)
                    yield each
            following = response.next_page or (page + 1 if len(found) >= _PER_PAGE else None)
            if following is None or following <= page:
                return
            page = following

    def _get(self, path: str, media_type: str) -> SourceResponse:
        return self._tools.get(path, headers=self._headers(media_type), keep=True)

    @property
    def _graphql(self) -> str:
        """The path of the GraphQL API, below the root of the server."""
        is_enterprise = urlsplit(self._tools.source).path.startswith(_ENTERPRISE)
        return "//api/graphql" if is_enterprise else "//graphql"

    def _headers(self, media_type: str) -> dict[str, str]:
        headers = {"accept": media_type, "x-github-api-version": _VERSION}
        if self._tools.token is not None:
            headers["authorization"] = f"Bearer {self._tools.token}"
        return headers

    def _checked(self, response: SourceResponse, name: str) -> SourceResponse:
        """The response with a body. Raises InvalidError saying what to do."""
        if 200 <= response.status < 300:
            return response
        advice = ""
        kind: type[SourceStatusError | RefusedTokenError] = SourceStatusError
        if response.status in {403, 429} and b"rate limit" in response.body.lower():
            advice = (
                " GitHub allows 60 requests an hour without a token: set the token in "
                "FYR_IMPORT_TOKEN, or import again later."
            )
        elif response.status in {401, 403, 404}:
            advice = " A private repository needs the token in FYR_IMPORT_TOKEN."
            kind = RefusedTokenError
        message = f"{name} of {self.name}: GitHub answers {response.status}.{advice}"
        raise kind(f"{name} of {self.name}", message, status=response.status)


def _contents(blobs: Mapping[str, Row]) -> dict[str, bytes] | None:
    """The texts of files; without files that are absent or binary. None when one was cut."""
    if not blobs or any(each.get("isTruncated") is True for each in blobs.values()):
        return None
    texts = {path: each.get("text") for path, each in blobs.items()}
    found = {path: text.encode() for path, text in texts.items() if isinstance(text, str)}
    return found or None
