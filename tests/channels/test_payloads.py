"""What each channel sends: the limits of the receiving system, and texts that stay texts."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from standardwebhooks import Webhook

from app.channels import apprise, discord, google_chat, mattermost, ntfy, slack, teams, telegram
from app.channels.webhook import CHANNEL as WEBHOOK
from app.net.http_channel import HttpChannel, utf16_length
from app.ports.channel import Recipient
from tests.channels.messages import KEY, SECRETS, UPDATE, make_message, recipient

ROOMS = (
    apprise.CHANNEL,
    discord.CHANNEL,
    google_chat.CHANNEL,
    mattermost.CHANNEL,
    ntfy.CHANNEL,
    slack.CHANNEL,
    teams.CHANNEL,
    telegram.CHANNEL,
)
# Every character is two UTF-16 code units and four bytes of UTF-8.
LONG = "🔥" * 60_000


def sent(channel: HttpChannel, body: str = UPDATE, **texts: str) -> Any:  # noqa: ANN401  # JSON
    return json.loads(channel.build(make_message(body, **texts), recipient(), KEY).content)


def texts_in(value: Any) -> str:  # noqa: ANN401  # JSON
    """All texts of a JSON value, as a reader would see them."""
    if isinstance(value, dict):
        return "\n".join(texts_in(each) for each in value.values())
    if isinstance(value, list):
        return "\n".join(texts_in(each) for each in value)
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize("channel", ROOMS, ids=lambda each: each.kind)
def test_a_room_is_sent_status_title_text_services_and_link(channel: HttpChannel) -> None:
    seen = texts_in(sent(channel)).replace("\\", "")
    expected = {"Identified: Card payments fail", UPDATE, "Affected services", "major outage"}
    assert {each for each in expected if each not in seen} == set()
    assert "/en/incidents/abcdefghij12" in seen


@pytest.mark.parametrize("channel", ROOMS, ids=lambda each: each.kind)
def test_a_note_about_the_language_stands_before_the_text(channel: HttpChannel) -> None:
    seen = texts_in(sent(channel, note="Only in English")).replace("\\", "")
    assert seen.index("Only in English") < seen.index(UPDATE)


def test_slack_gets_no_block_above_its_limits() -> None:
    blocks = sent(slack.CHANNEL, LONG, headline="T" * 400)["blocks"]
    lengths = [utf16_length(each["text"]["text"]) for each in blocks if "text" in each]
    assert lengths[0] == 150
    assert max(lengths[1:]) <= 3_000


def test_slack_reads_no_markup_in_a_staff_text() -> None:
    body = sent(slack.CHANNEL, "<!channel> *now*", headline="<!here> & more")
    assert body["text"] == "&lt;!here&gt; &amp; more"
    assert {"type": "plain_text", "text": "<!channel> *now*", "emoji": False} in [
        each.get("text") for each in body["blocks"]
    ]


def test_slack_replies_in_the_thread_of_the_first_message_with_a_bot_token() -> None:
    to = recipient(token="xoxb-1")
    request = slack.CHANNEL.build(make_message(), _after(to, "1700000000.000100"), KEY)
    assert request.url == "https://slack.com/api/chat.postMessage"
    assert request.headers["authorization"] == "Bearer xoxb-1"
    body = json.loads(request.content)
    assert (body["channel"], body["thread_ts"]) == ("C012345", "1700000000.000100")


def test_mattermost_mentions_nobody_and_formats_nothing() -> None:
    text = sent(mattermost.CHANNEL, "@all *now* [bank](https://evil.example)")["text"]
    assert "@\u200ball \\*now\\* \\[bank\\]\\(https://evil.example\\)" in text


def test_mattermost_gets_no_text_above_its_limit() -> None:
    assert utf16_length(sent(mattermost.CHANNEL, LONG)["text"]) <= 16_383


@pytest.mark.parametrize("body", [LONG, '\\"' * 30_000], ids=["emoji", "escaped"])
def test_teams_gets_at_most_20_kb(body: str) -> None:
    request = teams.CHANNEL.build(make_message(body), recipient(), KEY)
    assert len(request.content) <= 20_000
    card = json.loads(request.content)["attachments"][0]["content"]
    assert card["actions"][0]["url"].endswith("/incidents/abcdefghij12")


def test_teams_reads_no_markdown_in_a_staff_text() -> None:
    card = sent(teams.CHANNEL, "**now** [bank](https://evil.example)")["attachments"][0]["content"]
    assert {each["type"] for each in card["body"]} == {"RichTextBlock"}


def test_teams_refuses_the_address_of_a_former_connector_with_what_to_do() -> None:
    problem = teams.CHANNEL.check({"url": "https://acme.webhook.office.com/webhookb2/x"})["url"]
    assert "Create a workflow" in problem.message


def test_discord_mentions_nobody_and_keeps_its_limits() -> None:
    body = sent(discord.CHANNEL, "@everyone " + LONG, headline="T" * 400)
    assert body["allowed_mentions"] == {"parse": []}
    embed = body["embeds"][0]
    assert utf16_length(embed["title"]) == 256
    assert utf16_length(embed["description"]) <= 4_096
    assert "\\@everyone" in embed["description"]


def test_discord_answers_with_the_stored_message() -> None:
    request = discord.CHANNEL.build(
        make_message(), recipient(url="https://discord.com/api/webhooks/1/x?thread_id=7"), KEY
    )
    assert request.url.endswith("?thread_id=7&wait=true")


def test_google_chat_stores_a_repeated_message_once_and_threads_by_incident() -> None:
    request = google_chat.CHANNEL.build(
        make_message(), recipient(url="https://chat.googleapis.com/v1/spaces/A/messages?key=k"), KEY
    )
    assert f"requestId={KEY}" in request.url
    assert json.loads(request.content)["thread"] == {"threadKey": "incident:abcdefghij12"}


def test_google_chat_mentions_nobody() -> None:
    assert "<\u200busers/all>" in sent(google_chat.CHANNEL, "<users/all>")["text"]


def test_google_chat_gets_no_text_above_its_limit() -> None:
    assert len(sent(google_chat.CHANNEL, LONG)["text"].encode()) <= 32_000


def test_telegram_gets_plain_text_within_its_limit() -> None:
    body = sent(telegram.CHANNEL, LONG, headline="T" * 900)
    assert utf16_length(body["text"]) <= 4_096
    assert "parse_mode" not in body
    assert body["link_preview_options"] == {"is_disabled": True}


def test_telegram_replies_to_the_first_message_of_the_incident() -> None:
    request = telegram.CHANNEL.build(make_message(), _after(recipient(), "815"), KEY)
    reply = json.loads(request.content)["reply_parameters"]
    assert reply == {"message_id": 815, "allow_sending_without_reply": True}


def test_ntfy_gets_a_message_within_its_limit_and_a_priority_by_impact() -> None:
    body = sent(ntfy.CHANNEL, LONG)
    assert len(body["message"].encode()) <= 4_096
    assert (body["topic"], body["priority"], body["tags"]) == ("status", 5, ["rotating_light"])


@pytest.mark.parametrize(
    ("tone", "expected"), [("good", "success"), ("minor", "warning"), ("neutral", "info")]
)
def test_apprise_gets_its_type_by_impact(tone: str, expected: str) -> None:
    assert sent(apprise.CHANNEL, tone=tone)["type"] == expected


def test_a_webhook_has_the_document_with_the_links_of_its_subscriber() -> None:
    body = sent(WEBHOOK)
    assert body["type"] == "incident.updated"
    assert body["links"]["unsubscribe"] == "https://status.example.net/unsubscribe/t"


def test_a_webhook_verifies_with_the_library_of_standard_webhooks() -> None:
    request = WEBHOOK.build(make_message("Zwölf Boxkämpfer ✓"), recipient(), KEY)
    verified = Webhook(SECRETS["key"]).verify(request.content, dict(request.headers))
    assert verified["data"]["incident"]["id"] == "abcdefghij12"
    assert request.headers["webhook-id"] == KEY


def test_a_long_webhook_is_cut_to_20_kb_and_says_so() -> None:
    request = WEBHOOK.build(make_message(LONG), recipient(), KEY)
    assert len(request.content) <= 20_000
    update = json.loads(request.content)["data"]["incident"]["update"]
    assert update["body"]["truncated"] is True


def test_a_short_webhook_says_nothing_of_truncation() -> None:
    assert b"truncated" not in WEBHOOK.build(make_message(), recipient(), KEY).content


def test_a_webhook_in_the_form_of_statuspage_has_the_unsubscribe_link_in_meta() -> None:
    to = recipient()
    options = {**to.options, "format": "statuspage"}
    body = json.loads(WEBHOOK.build(make_message(), _with_options(to, options), KEY).content)
    assert set(body) == {"meta", "incident"}
    assert body["meta"]["unsubscribe"] == "https://status.example.net/unsubscribe/t"


def _after(to: Recipient, *external_ids: str) -> Recipient:
    return replace(to, external_ids=external_ids)


def _with_options(to: Recipient, options: Mapping[str, Any]) -> Recipient:
    return replace(to, options=options)
