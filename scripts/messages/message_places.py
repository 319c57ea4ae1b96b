"""Where messages stand: on which page, in a heading, a button or an attribute.

The place is read from the template, so that it is true after each change. Messages of Python files
have the place of their file.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jinja2 import Environment

__all__ = ["Key", "Occurrences", "place_of_file", "template_places"]

# Context, or an empty string, and the English singular.
Key = tuple[str, str]
Token = tuple[int, str, str]

# A name ending in "/" is a folder.
_FILES: Mapping[str, str] = {
    "app/domain/texts/phrases.py": "title or sentence that monitoring publishes in an incident, or "
    "an update of a maintenance",
    "app/domain/texts/standard_sentences.py": "standard sentence that staff insert into an update",
    "app/i18n/catalogues/terms.py": "badge, heading and legend",
    "app/rendering/filters/headline.py": "headline of the overview, also in badges and titles",
    "app/rendering/filters/incident_chain.py": "diagram of a certificate chain in an incident",
    "app/rendering/filters/subscribing.py": "pages of a subscription",
    "app/rendering/filters/uptime_bars.py": "uptime bars of a service",
    "app/rendering/forecast_sentences.py": "forecast about a certificate chain",
    "app/rendering/formats/badges.py": "badge (SVG)",
    "app/rendering/formats/calendar.py": "calendar (iCalendar)",
    "app/rendering/formats/embed.py": "banner that is embedded in other sites",
    "app/rendering/formats/feeds.py": "feed (Atom, RSS, JSON)",
    "app/rendering/formats/share_pictures.py": "picture of a link preview",
    "app/rendering/formats/timeline_html.py": "feed (Atom, RSS, JSON)",
    "app/rendering/messages/": "mail or chat message to a subscriber",
    "app/rendering/postmortem_draft.py": "draft of a postmortem, which staff complete",
    "app/rendering/text/next_update.py": "incident, below its status",
    "app/rendering/text/notified.py": "incident, below an update",
    "app/trust/advice.py": "advice about a certificate chain",
    "app/trust/change_texts.py": "difference between two certificate chains",
    "app/trust/checks/": "finding about a certificate chain, or what to do about it",
    "app/trust/remedies.py": "what to do about a finding about a certificate chain",
    "templates/base.html": "every page",
    "templates/embed/": "banner that is embedded in other sites",
    "templates/feeds/": "feed",
    "templates/messages/": "mail to a subscriber",
    "templates/public/_parts.html": "several pages",
    "templates/public/_subscribing.html": "pages of a subscription",
    "templates/public/as_of.html": "every page, while the database cannot be reached",
    "templates/public/history.html": "page of a month",
    "templates/public/incident.html": "page of an incident",
    "templates/public/languages.html": "page that lists the languages",
    "templates/public/link_expired.html": "page of a link that is not valid any more",
    "templates/public/maintenance.html": "page of a maintenance",
    "templates/public/not_found.html": "page of an address that does not exist",
    "templates/public/overview.html": "overview",
    "templates/public/report.html": "report by month",
    "templates/public/service.html": "page of a service",
    "templates/public/subscribe.html": "form to subscribe",
    "templates/public/subscribe_confirm.html": "page to confirm a subscription",
    "templates/public/subscribe_sent.html": "page after the form to subscribe",
    "templates/public/subscribe_webhook.html": "page after the form to subscribe a webhook",
    "templates/public/subscription.html": "page of a subscription",
    "templates/public/unavailable.html": "page while the database cannot be reached",
    "templates/public/unreachable.html": "page of nginx while Fyr does not answer",
    "templates/public/unsubscribe.html": "page to unsubscribe",
    "templates/public/unsubscribed.html": "page after unsubscribing",
    "templates/text/": "text version of a page",
}
_ELEMENTS: Mapping[str, str] = {
    "a": "Link",
    "button": "Button",
    "dt": "Label of a value",
    "figcaption": "Caption",
    "form": "Label of a field",
    "h1": "Heading",
    "h2": "Heading",
    "h3": "Heading",
    "label": "Label of a field",
    "legend": "Label of a group of fields",
    "option": "Choice in a list",
    "summary": "Heading that opens a part",
    "th": "Heading of a table column",
    "title": "Title of the page",
}
_ATTRIBUTES: Mapping[str, str] = {
    "alt": "Description of a picture",
    "aria-label": "Label for screen readers",
    "data-label": "Heading of a table column",
    "title": "Tooltip",
}
_BLOCKS: Mapping[str, str] = {
    "description": "Description of the page for search engines and link previews",
    "title": "Title of the page",
    "lead": "First sentence",
    "status": "Heading",
}
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "path", "use"})
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)="[^"]*$')
_WITH_CONTEXT = frozenset({"pgettext", "npgettext"})
_FUNCTIONS = _WITH_CONTEXT | {"_", "gettext", "ngettext"}
_TRANSLATORS = "Translators:"


@dataclass(slots=True)
class Occurrences:
    """Comments of the author of a template at a message, and the places where it stands."""

    authors: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)


def place_of_file(file: str) -> str | None:
    """What the texts of a file belong to; None for a file that is not described."""
    found = [name for name in _FILES if file == name or (name[-1] == "/" and file.startswith(name))]
    return _FILES[max(found, key=len)] if found else None


@dataclass(slots=True)
class _Walk:
    """The state of a walk through the tokens of a template."""

    file: str
    tokens: Sequence[Token]
    index: int = 0
    html: str = ""
    blocks: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def take(self) -> Token:
        """The next token."""
        self.index += 1
        return self.tokens[self.index - 1]

    def next_words(self, count: int) -> list[Token]:
        """The next tokens that are no white space, without taking them."""
        following = self.tokens[self.index : self.index + 2 * count + 2]
        return [each for each in following if each[1] != "whitespace"][:count]


def template_places(file: str, source: str) -> Mapping[Key, Occurrences]:
    """The messages of a template with the comments of its author and the places of each."""
    found: dict[Key, Occurrences] = defaultdict(Occurrences)
    walk = _Walk(file, list(Environment().lex(source)))  # noqa: S701  # nothing is rendered
    for key in _messages(walk):
        found[key].authors += walk.comments
        found[key].places.append(_place(walk))
        walk.comments = []
    return found


def _messages(walk: _Walk) -> Iterator[Key]:
    while walk.index < len(walk.tokens):
        _, kind, value = walk.take()
        if kind == "data":
            walk.html += value
        elif kind == "comment" and value.strip().startswith(_TRANSLATORS):
            walk.comments.append(" ".join(value.split())[len(_TRANSLATORS) :].strip())
        elif kind == "variable_begin":
            walk.html += "…"
        elif kind == "name" and value in _FUNCTIONS:
            yield from _call(walk, value)
        elif kind == "block_begin":
            yield from _tag(walk)


def _tag(walk: _Walk) -> Iterator[Key]:
    first, second = (*walk.next_words(2), (0, "", ""), (0, "", ""))[:2]
    if first[2] == "trans":
        yield _trans(walk)
    elif first[2] == "block":
        walk.blocks.append(second[2])
    elif first[2] == "endblock" and walk.blocks:
        walk.blocks.pop()


def _call(walk: _Walk, function: str) -> Iterator[Key]:
    words = walk.next_words(4)
    if not words or words[0][2] != "(":
        return
    texts = [value[1:-1] for _, kind, value in words[1:] if kind == "string"]
    if function in _WITH_CONTEXT and len(texts) > 1:
        yield texts[0], texts[1]
    elif texts:
        yield "", texts[0]


def _trans(walk: _Walk) -> Key:
    context = ""
    words = walk.next_words(2)
    if len(words) > 1 and words[1][1] == "string":
        context = words[1][2][1:-1]
    while walk.take()[1] != "block_end":
        pass
    text = _text(walk)
    if walk.next_words(1)[0][2] == "pluralize":
        while walk.take()[2] != "endtrans":
            pass
    return context, text


def _text(walk: _Walk) -> str:
    """The text up to the next tag, with placeholders for variables, trimmed as Jinja does it."""
    text = ""
    while True:
        _, kind, value = walk.take()
        if kind == "data":
            text += value
        elif kind == "name":
            text += f"%({value})s"
        elif kind == "block_begin":
            return " ".join(line.strip() for line in text.strip().splitlines())


def _place(walk: _Walk) -> str:
    surface = place_of_file(walk.file) or walk.file
    if walk.file.endswith("subject.txt"):
        return f"Subject: {surface}."
    blocks = [_BLOCKS[name] for name in walk.blocks if name in _BLOCKS]
    return f"{blocks[-1] if blocks else _element(walk.html)}: {surface}."


def _element(html: str) -> str:
    if html.rfind("<") > html.rfind(">"):
        attribute = _ATTRIBUTE.search(html)
        name = attribute[1] if attribute else ""
        return _ATTRIBUTES.get(name, "Text that the script of the page shows")
    opened: list[tuple[str, str]] = []
    for closing, name, rest in _TAG.findall(html):
        if not closing and name not in _VOID:
            opened.append((name, rest))
        elif closing and name in {each for each, _ in opened}:
            while opened.pop()[0] != name:
                pass
    if any('class="badge' in rest for _, rest in opened):
        return "Badge"
    return next((_ELEMENTS[name] for name, _ in reversed(opened) if name in _ELEMENTS), "Text")
