"""What the placeholders of public messages stand for, as notes for translators.

A name means one thing in all messages, so that one sentence describes it. Extraction adds the
sentence to each message that has the placeholder.
"""

import re
from collections.abc import Mapping

from babel.messages.catalog import Message

__all__ = ["PLACEHOLDERS", "notes", "placeholders"]

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")

PLACEHOLDERS: Mapping[str, str] = {
    "address": "an e-mail address, or in a sentence about certificates an IP address",
    "addresses": "one or more IP addresses, as a list",
    "affected": "names of one or more client programs, as a list",
    "after": "names out of a certificate, after the change",
    "at": "date, time and time zone, formatted: “Sep 30, 2021, 2:01 PM UTC”",
    "before": "names out of a certificate, before the change",
    "challenge": "name of a field in a request, not translated: “data.challenge”",
    "clients": "names of one or more client programs, as a list",
    "code": "code of an error, not translated: “refused”",
    "considered": "a number",
    "count": "a number, formatted; choose the plural form by it",
    "date": "date, time and time zone, formatted: “Sep 30, 2021, 2:01 PM UTC”",
    "day": "a date, formatted: “Sep 30, 2021” or “Sep 30”",
    "duration": "a length of time, formatted: “2 hours, 14 minutes”",
    "ends": "date and time, formatted",
    "extensions": "object identifiers of one or more extensions of a certificate, as a list",
    "family": "“IPv4” or “IPv6”",
    "followed": "names of what is followed, as a list: “Card payments and Mail”",
    "gained": "names of one or more client programs, as a list",
    "host": "name of a server: “api.example.com”; put a word like “server” before it if your "
    "language inflects names",
    "hosts": "names of one or more servers, as a list",
    "impact": "status of a service, translated: “Partial outage”",
    "issuer": "name of a certificate or authority, not translated",
    "key": "kind and length of a key, not translated: “RSA 1024”",
    "label": "label of a value, translated: “Affected services”",
    "language": "name of a language in yours: “Swedish”",
    "languages": "names of one or more languages in yours, as a list",
    "link": "name of a field in a request, not translated: “data.confirm_url”",
    "longest": "a length of time, formatted: “2 hours, 14 minutes”",
    "lost": "names of one or more client programs, as a list",
    "median": "a length of time, formatted: “2 hours, 14 minutes”",
    "month": "a month with its year, formatted for use alone: “September 2021”",
    "name": "name of a service or of the page, any word of any length",
    "names": "one or more names, as a list",
    "page": "name of the status page: “Example Status”; put a word like “page” before it if your "
    "language inflects names",
    "percent": "a percentage, formatted: “99.96%”",
    "position": "a number",
    "product": "name of a product, not translated: “Statuspage”",
    "profiles": "names of one or more client programs, as a list",
    "replaced": "date, time and time zone, formatted",
    "rules": "sections of RFC 5280 or names of rules, not translated, as a list",
    "sentence": "a complete sentence without a full stop: “Major outage: Card payments”",
    "service": "name of a service, any word of any length",
    "services": "names of one or more services, as a list; they can be any words",
    "severity": "status of a service, translated: “Major outage”",
    "span": "a beginning and an end, formatted: “Sep 30, 2021, 2:00 – 4:00 PM UTC”",
    "stage": "step of a connection, not translated: “connect”",
    "standard": "name of a standard, not translated: “Standard Webhooks”",
    "starts": "date and time, formatted",
    "status": "label of a status, translated; see the messages with the context “status of …”",
    "subject": "name of a certificate or authority, not translated",
    "time": "time of day, formatted: “2:01 PM”",
    "title": "title of an incident or a maintenance, a text of any length by staff",
    "titles": "the title of an incident and how many more there are, as a list",
    "type": "name of an event, not translated: “subscription.verify”",
    "unaffected": "names of one or more client programs, as a list",
    "uptime": "a sentence without a full stop: “99.96% uptime in the last 90 days”",
    "value": "a value, formatted: a date, a duration or names",
    "version": "version of a protocol: “TLS 1.1”",
    "when": "a time in the future, formatted: “in 21 days”",
    "written": "date, time and time zone, formatted",
    "zone": "name of a time zone, not translated: “Europe/Stockholm”",
}


def placeholders(message: Message) -> list[str]:
    """Names of the placeholders of a message, each once, in their order."""
    forms = message.id if isinstance(message.id, list | tuple) else (message.id,)
    return list(dict.fromkeys(name for form in forms for name in _PLACEHOLDER.findall(form)))


def notes(message: Message) -> list[str]:
    """One note for each placeholder of the message that PLACEHOLDERS describes."""
    return [
        f"%({name})s: {PLACEHOLDERS[name]}."
        for name in placeholders(message)
        if name in PLACEHOLDERS
    ]
