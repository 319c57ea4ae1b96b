from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, StrictBool, StrictInt
from pydantic.json_schema import SkipJsonSchema

from app.domain.page.appearance import MOST_LINKS, PageLink
from app.domain.publication import LONGEST_UNDO_SECONDS
from app.usecases.page import settings as page_settings
from app.web.api.fields import PatchSchema, RequestSchema, ResponseSchema, Texts, TitleText
from app.web.api.request import ApiRequest

__all__ = ["PageChange", "PageSettings"]


def _whole_number(most: int, description: str) -> object:
    return Field(description=description, json_schema_extra={"minimum": 0, "maximum": most})


Undo = Annotated[
    StrictInt,
    _whole_number(
        LONGEST_UNDO_SECONDS, "Seconds before a text of the console is published; 0 for none."
    ),
]
Nag = Annotated[
    StrictInt,
    _whole_number(1440, "Minutes without an update before staff are reminded; 0 for never."),
]
Reminder = Annotated[
    StrictInt,
    _whole_number(10_080, "Minutes before a window when subscribers are reminded; 0 for never."),
]
PostalAddress = Annotated[
    str,
    Field(description="One line at the end of mails to subscribers.", max_length=200),
]
Colour = Annotated[
    str,
    Field(
        description="As #rrggbb, with a contrast of 4.5 to the background; null for the default.",
        examples=["#1a5fb4"],
    ),
]


class NewLink(RequestSchema):
    """A new link in the footer of the page."""

    name: TitleText
    url: str


class Link(ResponseSchema):
    """A link in the footer of the page."""

    name: Texts
    url: str


class PageChange(PatchSchema):
    """Changes of the page settings; `links` replaces all links."""

    nullable: ClassVar[frozenset[str]] = frozenset(
        {"accent_light", "accent_dark", "postal_address"}
    )
    model_config = ConfigDict(json_schema_extra={"examples": [{"time_zone": "Europe/Stockholm"}]})

    name: TitleText | SkipJsonSchema[None] = None
    time_zone: str | SkipJsonSchema[None] = None
    default_language: str | SkipJsonSchema[None] = None
    languages: list[str] | SkipJsonSchema[None] = None
    undo_seconds: Undo | SkipJsonSchema[None] = None
    four_eyes: StrictBool | SkipJsonSchema[None] = None
    four_eyes_automation: StrictBool | SkipJsonSchema[None] = None
    reminder_minutes: Nag | SkipJsonSchema[None] = None
    announce_minutes: Reminder | SkipJsonSchema[None] = None
    postal_address: PostalAddress | None = None
    accent_light: Colour | None = None
    accent_dark: Colour | None = None
    links: Annotated[list[NewLink], Field(max_length=MOST_LINKS)] | SkipJsonSchema[None] = None
    logo_contains_name: StrictBool | SkipJsonSchema[None] = None
    former_texts_public: StrictBool | SkipJsonSchema[None] = None
    show_notified: StrictBool | SkipJsonSchema[None] = None

    def to_record(self, request: ApiRequest) -> page_settings.PageChange:
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        if self.name is not None:
            sent["name"] = request.title(self.name, "name")
        if self.links is not None:
            sent["links"] = [
                PageLink(request.title(each.name, "links"), each.url) for each in self.links
            ]
        for accent in self.nullable:
            if self.clears(accent):
                sent[accent] = ""
        return page_settings.PageChange(**sent)


class PageSettings(ResponseSchema):
    """The settings of the page."""

    name: Texts
    time_zone: str
    default_language: str
    languages: list[str]
    undo_seconds: Undo
    four_eyes: Annotated[
        bool, Field(description="A second person approves the public texts of editors.")
    ]
    four_eyes_automation: Annotated[
        bool,
        Field(description="With four_eyes, staff approve the incidents that automation opens."),
    ]
    reminder_minutes: Nag
    announce_minutes: Reminder
    postal_address: PostalAddress | None
    accent_light: Colour | None
    accent_dark: Colour | None
    links: list[Link]
    logo_contains_name: Annotated[
        bool, Field(description="The logo contains the name, which is not shown beside it.")
    ]
    former_texts_public: Annotated[
        bool, Field(description="Visitors can read what an edited text said before.")
    ]
    show_notified: Annotated[
        bool, Field(description="Visitors see how many subscribers were notified of an update.")
    ]

    @classmethod
    def of(cls, settings: page_settings.PageSettings) -> "PageSettings":
        plain = {name: getattr(settings, name) for name in cls.model_fields}
        links = [Link(name=dict(each.name), url=each.url) for each in settings.links]
        listed = {"languages": list(settings.languages), "links": links}
        return cls(**{**plain, **listed, "name": dict(settings.name)})
