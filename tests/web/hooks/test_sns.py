"""A message of Amazon SNS counts only with a certificate that Amazon issued to SNS."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.settings import load_settings
from app.web.intake.sns_certificates import (
    amazon_roots,
    is_certificate_url,
    is_confirmation_url,
    issuer_url,
)
from app.web.intake.sns_signatures import SnsCertificates, subscribe_url
from tests.cast import BASE_URL, Installation
from tests.fakes import FixedClock
from tests.web.hooks.amazon import CERTIFICATE_URL, TOPIC, Amazon, Authority
from tests.web.hooks.samples import SIGNED_AT, Caller, listen

FIXTURES = Path(__file__).resolve().parent.parent.parent / "monitors" / "fixtures"
ALARM = {"AlarmName": "cpu", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:1:alarm:cpu"}
FIRING = {**ALARM, "NewStateValue": "ALARM", "NewStateReason": "Threshold Crossed"}
CHINA = "arn:aws-cn:sns:cn-north-1:123456789012:alarms"


@pytest.fixture(scope="module")
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture
def mona(sqlite_url: str, tmp_path: Path, amazon: Amazon) -> Iterator[Caller]:
    amazon.pages.clear()
    amazon.asked.clear()
    given = {"database_url": sqlite_url, "data_dir": tmp_path, "base_url": BASE_URL}
    installation = Installation(
        load_settings(_env_file=None, **given),
        FixedClock(SIGNED_AT),
        fetch=amazon,
        sns_roots=amazon.roots,
    )
    yield listen(installation, "cloudwatch-sns", auth="sns", auth_options={"topics": [TOPIC]})
    installation.database.close()


def test_a_message_with_a_chain_to_amazons_root_is_taken(mona: Caller, amazon: Amazon) -> None:
    amazon.serve(amazon.authority.leaf("sns.amazonaws.com"))
    assert [mona.post(amazon.message(FIRING, version=one)) for one in ("1", "2")] == [202, 202]
    # The leaf comes alone: its issuer is fetched, and the key is read once.
    assert amazon.asked == [CERTIFICATE_URL, "http://crt.r2m01.amazontrust.com/r2m01.cer"]
    assert mona.post(amazon.message(FIRING, version="3")) == 401
    body = amazon.message(FIRING)
    assert mona.post(body.replace(b"ALARM", b"OK", 1)) == 401
    # Another value for a signed name: the last one would be verified, the first one might be read.
    assert mona.post(b'{"Message": "another", ' + body[1:]) == 401
    other = listen(
        mona.installation,
        "cloudwatch-sns",
        auth="sns",
        auth_options={"topics": [TOPIC.replace("alarms", "other")]},
    )
    assert other.post(body) == 401


def test_a_chain_that_is_sent_whole_needs_no_other_request(mona: Caller, amazon: Amazon) -> None:
    leaf, above = amazon.authority.leaf("sns.amazonaws.com"), amazon.authority.intermediate
    amazon.pages[CERTIFICATE_URL] = b"".join(
        one.public_bytes(Encoding.PEM) for one in (leaf, above)
    )
    assert mona.post(amazon.message(FIRING)) == 202
    assert amazon.asked == [CERTIFICATE_URL]


@pytest.mark.parametrize(
    "name",
    ["sns.eu-west-1.amazonaws.com", "sns-signing.eu-west-1.amazonaws.com", "sns.amazonaws.com"],
)
def test_each_name_of_sns_in_the_region_is_the_right_one(
    mona: Caller, amazon: Amazon, name: str
) -> None:
    amazon.serve(amazon.authority.leaf(name))
    assert mona.post(amazon.message(FIRING)) == 202


@pytest.mark.parametrize(
    "name",
    [
        "shop.example",
        "sns.us-east-1.amazonaws.com",
        "sns.s3.amazonaws.com",
        "xsns.amazonaws.com",
        "*.amazonaws.com",
        "ses.amazonaws.com",
    ],
)
def test_a_certificate_of_amazons_authority_for_another_name_is_refused(
    mona: Caller, amazon: Amazon, name: str
) -> None:
    # Anybody gets a certificate of this authority for a domain of their own.
    amazon.serve(amazon.authority.leaf(name))
    allowed = name == "*.amazonaws.com"  # a wildcard that only Amazon can get covers SNS
    assert mona.post(amazon.message(FIRING)) == (202 if allowed else 401)


def test_a_certificate_of_another_authority_is_refused(mona: Caller, amazon: Amazon) -> None:
    stranger = Authority("Let's Pretend Root")
    amazon.pages[CERTIFICATE_URL] = stranger.leaf("sns.amazonaws.com").public_bytes(Encoding.PEM)
    amazon.pages["http://crt.r2m01.amazontrust.com/r2m01.cer"] = stranger.intermediate.public_bytes(
        Encoding.DER
    )
    assert mona.post(amazon.message(FIRING)) == 401
    # Nor does a chain with a root of its own help.
    whole = (stranger.leaf("sns.amazonaws.com"), stranger.intermediate, stranger.root)
    amazon.pages[CERTIFICATE_URL] = b"".join(one.public_bytes(Encoding.PEM) for one in whole)
    assert mona.post(amazon.message(FIRING)) == 401


@pytest.mark.parametrize("days", [(1, 90), (-90, -1)])
def test_a_certificate_that_is_not_valid_now_is_refused(
    mona: Caller, amazon: Amazon, days: tuple[int, int]
) -> None:
    starts, ends = (SIGNED_AT + timedelta(days=each) for each in days)
    amazon.serve(amazon.authority.leaf("sns.amazonaws.com", starts=starts, ends=ends))
    assert mona.post(amazon.message(FIRING)) == 401


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/r2m01.cer",
        "http://crt.amazontrust.com.evil.example/r2m01.cer",
        "http://crt.r2m01.amazontrust.com:8080/r2m01.cer",
        "http://crt.r2m01.amazontrust.com@evil.example/r2m01.cer",
        "ldap://crt.r2m01.amazontrust.com/r2m01.cer",
        "",
    ],
)
def test_an_issuer_is_fetched_from_amazons_authority_only(
    mona: Caller, amazon: Amazon, url: str
) -> None:
    amazon.serve(amazon.authority.leaf("sns.amazonaws.com", issuer_url=url))
    amazon.pages[url] = amazon.authority.intermediate.public_bytes(Encoding.DER)
    assert mona.post(amazon.message(FIRING)) == 401
    assert amazon.asked == [CERTIFICATE_URL]


def test_a_certificate_that_cannot_be_fetched_now_is_asked_for_again(
    mona: Caller, amazon: Amazon
) -> None:
    assert mona.post(amazon.message(FIRING)) == 503
    amazon.serve(amazon.authority.leaf("sns.amazonaws.com"))
    del amazon.pages["http://crt.r2m01.amazontrust.com/r2m01.cer"]
    assert mona.post(amazon.message(FIRING)) == 503


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"]
)
def test_an_answer_that_is_no_certificate_is_refused(
    mona: Caller, amazon: Amazon, answer: bytes
) -> None:
    amazon.pages[CERTIFICATE_URL] = answer
    assert mona.post(amazon.message(FIRING)) == 401


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com/a/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem?x=1",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem#x",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-../x.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-%2e.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0a.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com:/SimpleNotificationService-0a.pem",
        "https://xsns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com\\@evil.example/SimpleNotificationService-0a.pem",
        "https://[sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        # Buckets that anybody could have created, and another region.
        "https://sns.s3.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.s3-eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com.cn/SimpleNotificationService-0a.pem",
        7,
        None,
    ],
)
def test_a_certificate_url_is_exactly_one_of_sns_in_the_topics_region(
    mona: Caller, amazon: Amazon, url: object
) -> None:
    assert not is_certificate_url(url, TOPIC)
    amazon.pages[str(url)] = amazon.authority.leaf("sns.amazonaws.com").public_bytes(Encoding.PEM)
    assert mona.post(amazon.message(FIRING, url=url)) == 401  # type: ignore[arg-type]
    assert amazon.asked == []


@pytest.mark.parametrize(
    ("topic", "host"),
    [
        (TOPIC, "sns.eu-west-1.amazonaws.com"),
        (CHINA, "sns.cn-north-1.amazonaws.com.cn"),
        ("arn:aws-us-gov:sns:us-gov-east-1:123456789012:a", "sns.us-gov-east-1.amazonaws.com"),
        ("arn:aws:sns:ap-southeast-7:123456789012:a.fifo", "sns.ap-southeast-7.amazonaws.com"),
    ],
)
def test_the_host_follows_from_the_topic(topic: str, host: str) -> None:
    assert is_certificate_url(f"https://{host}/SimpleNotificationService-0a.pem", topic)
    assert not is_certificate_url(f"https://x{host}/SimpleNotificationService-0a.pem", topic)


@pytest.mark.parametrize(
    "topic",
    ["", "arn:aws:sns:s3:123456789012:a", "arn:aws:sns:eu-west-1.evil:123456789012:a", None, []],
)
def test_a_topic_of_no_region_has_no_host(topic: object) -> None:
    for host in ("sns.s3.amazonaws.com", "sns.eu-west-1.amazonaws.com", ""):
        assert not is_certificate_url(f"https://{host}/SimpleNotificationService-0a.pem", topic)


def test_a_confirmation_link_leads_to_sns_and_confirms_this_topic() -> None:
    base = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"
    assert is_confirmation_url(f"{base}&TopicArn={TOPIC}&Token=1", TOPIC)
    for wrong in (
        f"https://sns.s3.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}",
        f"https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&TopicArn={TOPIC}",
        f"{base}&TopicArn={TOPIC}2",
        f"https://sns.eu-west-1.amazonaws.com/x?Action=ConfirmSubscription&TopicArn={TOPIC}",
        base,
    ):
        assert not is_confirmation_url(wrong, TOPIC)


def test_a_recorded_confirmation_has_its_link() -> None:
    body = (FIXTURES / "cloudwatch-sns" / "selfsigned_subscription.json").read_bytes()
    topic = json.loads(body)["TopicArn"]
    assert subscribe_url(body, [topic]) == json.loads(body)["SubscribeURL"]
    assert subscribe_url(body, []) is None


def test_a_self_signed_certificate_for_sns_is_refused(mona: Caller, amazon: Amazon) -> None:
    # Recorded messages that are signed with it; the signature itself is right.
    body = (FIXTURES / "cloudwatch-sns" / "selfsigned_firing.json").read_bytes()
    found = json.loads(body)
    amazon.pages[found["SigningCertURL"]] = (
        FIXTURES / "cloudwatch-sns" / "selfsigned_cert.pem"
    ).read_bytes()
    caller = listen(
        mona.installation,
        "cloudwatch-sns",
        auth="sns",
        auth_options={"topics": [found["TopicArn"]]},
    )
    assert base64.b64decode(found["Signature"])
    assert caller.post(body) == 401
    assert amazon.asked == [found["SigningCertURL"]]


def test_the_pinned_roots_are_amazons_and_in_the_shipped_store() -> None:
    names = sorted(
        str(root.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
        for root in amazon_roots()
    )
    assert names == [f"Amazon Root CA {number}" for number in (1, 2, 3, 4)]
    assert all(issuer_url(root) is None for root in amazon_roots())


@pytest.mark.anyio
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"Type": []}', b"[" * 9999, b"\xff"])
async def test_no_odd_message_is_amazons(body: bytes, amazon: Amazon) -> None:
    assert not await SnsCertificates(amazon, amazon.roots).verify(body, [TOPIC], SIGNED_AT)
