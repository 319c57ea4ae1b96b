import pytest

from app.domain.certificates.findings import Tier
from app.trust.clients.profiles import parse_profile, shipped_profiles
from app.trust.errors import ProfileError
from app.trust.paths import EqualNames
from tests.trust.authorities import make
from tests.trust.x509.test_chain import pem

TERMINAL = """
id = "card-terminal"
roots = "terminal.pem"
builder = "served_first"
"""


def beside(name: str) -> bytes | None:
    return pem(make("Root")) if name == "terminal.pem" else None


def test_three_lines_and_a_file_make_a_profile() -> None:
    profile = parse_profile(TERMINAL, fetch=beside)
    assert (profile.id, profile.builder, profile.tier) == (
        "card-terminal",
        "served_first",
        Tier.CURRENT,
    )
    assert dict(profile.label) == {"en": "card-terminal"}
    assert [anchor.facts.name for anchor in profile.store.anchors] == ["Root"]


def test_every_field_is_read() -> None:
    extra = """
    share = "7 %"
    tier = "legacy"
    anchor_expiry = false
    equal_names = "stored_in_date"
    label = { en = "Card terminals", sv = "Kortterminaler" }
    """
    profile = parse_profile(TERMINAL + extra, fetch=beside)
    assert (profile.share, profile.tier) == ("7 %", Tier.LEGACY)
    assert profile.tolerances.equal_names is EqualNames.STORED_IN_DATE
    assert profile.tolerances.anchor_expiry is False
    assert profile.label["sv"] == "Kortterminaler"


def test_what_clients_demand_is_set_by_name() -> None:
    text = """
    id = "strict"
    roots = "mozilla-2021"
    without = ["DST Root CA X3"]
    name_constraints = false
    sha1 = false
    minimum_rsa_bits = 2048
    key_types = ["rsa", "ec"]
    programme = "mozilla"
    """
    profile = parse_profile(text, fetch=beside)
    reported = profile.tolerances
    assert (reported.name_constraints, reported.basic_constraints, reported.sha1) == (
        False,
        True,
        False,
    )
    assert (reported.minimum_rsa_bits, reported.key_types) == (2048, ("rsa", "ec"))
    assert reported.programme is not None
    assert "DST Root CA X3" not in {anchor.facts.name for anchor in profile.store.anchors}


def test_a_profile_may_hold_a_single_root_of_a_store() -> None:
    text = 'id = "one"\nroots = "mozilla-2021"\nonly = ["DST Root CA X3"]'
    profile = parse_profile(text, fetch=beside)
    assert [anchor.facts.name for anchor in profile.store.anchors] == ["DST Root CA X3"]


def test_roots_may_be_a_shipped_store() -> None:
    profile = parse_profile('id = "x"\nroots = "mozilla-2021"', fetch=beside)
    assert profile.store.name == "mozilla-2021"
    assert profile.builder == "any_path"


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("id = ", None, "not TOML"),
        ("a" * 10 + " = " + "[" * 3000, None, "not TOML"),
        ('roots = "mozilla"', "id", "missing"),
        ('id = "x"', "roots", "missing"),
        ('id = "A B"\nroots = "mozilla"', "id", "lower-case"),
        ('id = 7\nroots = "mozilla"', "id", "text in quotes"),
        ('id = "x"\nroots = "gone.pem"', "roots", "PEM file beside"),
        ('id = "x"\nroots = "mozilla"\nbuilder = "best"', "builder", "any_path"),
        ('id = "x"\nroots = "mozilla"\ntier = "old"', "tier", "legacy"),
        ('id = "x"\nroots = "mozilla"\nshare = "many"', "share", "7 %"),
        ('id = "x"\nroots = "mozilla"\nanchor_expiry = "no"', "anchor_expiry", "true or false"),
        ('id = "x"\nroots = "mozilla"\nequal_names = "first"', "equal_names", "any_path"),
        ('id = "x"\nroots = "mozilla"\nlabel = 3', "label", "table of texts"),
        ('id = "x"\nroots = "mozilla"\nlabel = {EN = "x"}', "label", "pt-br"),
        ('id = "x"\nroots = "mozilla"\nlabel = {en = ""}', "label.en", "not empty"),
        ('id = "x"\nroots = "mozilla"\nroot = "x"', "root", "not a field"),
        ('id = "x"\nroots = "mozilla"\nsha1 = 1', "sha1", "true or false"),
        ('id = "x"\nroots = "mozilla"\nminimum_rsa_bits = "1"', "minimum_rsa_bits", "2048"),
        ('id = "x"\nroots = "mozilla"\nminimum_rsa_bits = true', "minimum_rsa_bits", "2048"),
        ('id = "x"\nroots = "mozilla"\nkey_types = ["rot13"]', "key_types", "ed25519"),
        ('id = "x"\nroots = "mozilla"\nkey_types = "rsa"', "key_types", "list"),
        ('id = "x"\nroots = "mozilla"\nprogramme = "nasa"', "programme", "mozilla"),
        ('id = "x"\nroots = "mozilla"\nonly = ["No Such Root"]', "only", "not in mozilla"),
    ],
)
def test_a_wrong_profile_names_the_field_and_what_to_do(
    text: str, field: str | None, expected: str
) -> None:
    with pytest.raises(ProfileError, match=expected) as caught:
        parse_profile(text, fetch=beside)
    assert caught.value.field == field


def test_roots_that_are_no_certificates_are_refused() -> None:
    with pytest.raises(ProfileError, match="holds no root certificate"):
        parse_profile(TERMINAL, fetch=lambda _: b"hello")


def test_the_clients_that_ship() -> None:
    shipped = shipped_profiles()
    current = {name for name, profile in shipped.items() if profile.tier is Tier.CURRENT}
    assert current == {
        *("current", "openssl-3", "python-3.13", "windows", "ios", "android", "java")
    }
    assert set(shipped) - current == {
        "legacy-openssl",
        "openssl-1.0.2",
        "openssl-0.9.8",
        "windows-2017",
        "android-8",
        "android-7",
        "java-8-2017",
        "device-2015",
        "card-terminal",
    }
    assert all(set(profile.label) >= {"en", "sv", "ar"} for profile in shipped.values())
    assert all(name == profile.id for name, profile in shipped.items())


def test_the_shipped_card_terminal_holds_one_root() -> None:
    anchors = shipped_profiles()["card-terminal"].store.anchors
    assert [anchor.facts.name for anchor in anchors] == ["DST Root CA X3"]
