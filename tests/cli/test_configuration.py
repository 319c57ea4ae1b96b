"""`fyr apply` and `fyr dump`: the configuration as a file, applied as often as one likes."""

from pathlib import Path

import pytest
import yaml

from tests.cli.program import Done, Fyr

DOCS = Path(__file__).resolve().parents[2] / "docs"
SECRET = "a-secret-of-a-monitor-1"
SLACK = "https://hooks.slack.com/services/T0/B0/secret"

EVERYTHING = """
page:
  name: {en: NetPark, sv: NetPark AB}
  time_zone: Europe/Stockholm
  languages: [EN, sv]
  accent_light: "#1a5fb4"
  links: [{name: Support, url: "https://example.com/support"}]
groups:
  - name: {en: Shop, sv: Butik}
  - name: Empty
services:
  - {slug: payments, name: {en: Payments, sv: Betalningar}, group: Shop, aliases: [Checkout, pay]}
  - {slug: web, name: Web, description: The site.}
targets:
  - {host: Pay.Example.com, services: [payments], interval_seconds: 300, paused: true}
  - {host: mail.example.com, port: 25, starttls: smtp, services: [web], publish: draft}
sources:
  - name: Prometheus
    kind: alertmanager
    auth: bearer
    secrets: ["${MONITOR_SECRET}"]
    publish: auto
    accept_untested: true
    routes:
      - {matchers: [[job, "=~", "pay.*$"]], services: [payments], min_alerts: 2}
      - {action: ignore}
routes:
  - {matchers: [[severity, "=", info]], action: ignore}
channels:
  email: {is_public: false}
rooms:
  - {kind: slack, name: Operations, language: en, values: {url: "${SLACK_URL}"}, services: [web]}
"""


@pytest.fixture
def configuration(fyr: Fyr, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert fyr is not None  # it has changed the folder
    monkeypatch.setenv("MONITOR_SECRET", SECRET)
    monkeypatch.setenv("SLACK_URL", SLACK)
    file = Path("fyr.yaml")
    file.write_text(EVERYTHING, encoding="utf-8")
    return file


def succeed(fyr: Fyr, *arguments: str) -> str:
    done = fyr(*arguments)
    assert (done.code, done.err) == (0, "")
    return done.out


def assert_refused(done: Done, reason: str) -> None:
    assert (done.code, done.out) == (1, "")
    assert reason in done.err
    assert "Traceback" not in done.err


def write(text: str) -> str:
    Path("other.yaml").write_text(text, encoding="utf-8")
    return "other.yaml"


def test_the_plan_is_shown_and_applied(fyr: Fyr, configuration: Path) -> None:
    out = succeed(fyr, "apply", str(configuration))
    assert out.splitlines()[:9] == [
        "~ page settings: name, time_zone, languages, accent_light, links",
        "+ group shop",
        "+ group empty",
        "+ service payments",
        "+ alias checkout of payments",
        "+ alias pay of payments",
        "+ service web",
        "+ target pay.example.com:443",
        "+ target mail.example.com:25",
    ]
    assert "+ route 2 of Prometheus\n+ route 1 of any source\n" in out
    assert "+ room slack Operations\nApplied.\nPrometheus: http://127.0.0.1:8000/hooks/" in out
    assert "payments" in fyr("service", "list").out


def test_applying_it_again_changes_nothing(
    fyr: Fyr, configuration: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FYR_DATABASE_URL", database_url)
    succeed(fyr, "apply", str(configuration))
    entries = fyr("audit", "verify").out
    assert succeed(fyr, "apply", str(configuration)) == "Nothing to change.\n"
    assert fyr("audit", "verify").out == entries


def test_a_dry_run_shows_the_plan_and_changes_nothing(fyr: Fyr, configuration: Path) -> None:
    before = fyr("dump").out
    assert "+ service payments\n" in succeed(fyr, "apply", str(configuration), "--dry-run")
    assert fyr("dump").out == before


def test_what_is_dumped_can_be_applied_elsewhere(
    fyr: Fyr, configuration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    succeed(fyr, "apply", str(configuration))
    dumped = succeed(fyr, "dump")
    assert "variables: PROMETHEUS_SECRET, OPERATIONS_URL\n" in dumped
    monkeypatch.setenv("PROMETHEUS_SECRET", SECRET)
    monkeypatch.setenv("OPERATIONS_URL", SLACK)
    assert succeed(fyr, "apply", write(dumped)) == "Nothing to change.\n"
    monkeypatch.setenv("FYR_DATABASE_URL", f"sqlite:///{tmp_path / 'elsewhere.db'}")
    fyr("migrate")
    succeed(fyr, "apply", "other.yaml")
    assert succeed(fyr, "dump") == dumped


def test_names_that_commands_gave_are_no_change(fyr: Fyr) -> None:
    succeed(fyr, "service", "add", "payments", "--name", "Payments", "--group", "Shop")
    assert succeed(fyr, "apply", write(succeed(fyr, "dump"))) == "Nothing to change.\n"


def test_no_secret_is_dumped(fyr: Fyr, configuration: Path) -> None:
    succeed(fyr, "apply", str(configuration))
    dumped = succeed(fyr, "dump")
    assert SECRET not in dumped
    assert SLACK not in dumped


def test_a_changed_secret_is_a_change_and_not_shown(
    fyr: Fyr, configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    succeed(fyr, "apply", str(configuration))
    monkeypatch.setenv("MONITOR_SECRET", f"{SECRET}2")
    monkeypatch.setenv("SLACK_URL", f"https://hooks.slack.com/services/T0/B0/other{SLACK[-6:]}")
    out = succeed(fyr, "apply", str(configuration))
    assert out == "~ source Prometheus: secrets\n~ room slack Operations: values\nApplied.\n"
    assert succeed(fyr, "apply", str(configuration)) == "Nothing to change.\n"


def test_what_the_file_lacks_is_named_and_removed_only_with_prune(
    fyr: Fyr, configuration: Path
) -> None:
    succeed(fyr, "apply", str(configuration))
    smaller = write(
        "groups: []\nservices: [{slug: web, name: Web}]\n"
        "targets: []\nsources: []\nroutes: []\nrooms: []\n"
    )
    removed = [
        "- service payments",
        "- target mail.example.com:25",
        "- target pay.example.com:443",
        "- source Prometheus",
        "- route 1 of any source",
        "- room slack Operations",
        "- group shop",
        "- group empty",
    ]
    out = succeed(fyr, "apply", smaller)
    assert "Not in the file; --prune removes:" in out
    assert [line for line in out.splitlines() if line.startswith("-")] == removed
    assert "payments" in fyr("service", "list").out
    out = succeed(fyr, "apply", smaller, "--prune")
    assert [line for line in out.splitlines() if line.startswith("-")] == removed
    assert "payments\tremoved" in fyr("service", "list").out
    assert "Nothing to change." in succeed(fyr, "apply", smaller, "--prune")


def test_the_target_of_the_page_itself_is_never_pruned(
    fyr: Fyr, configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    succeed(fyr, "apply", str(configuration))
    monkeypatch.setenv("FYR_BASE_URL", "https://pay.example.com")
    out = succeed(fyr, "apply", write("targets: []"), "--prune")
    assert out == "- target mail.example.com:25\nApplied.\n"


def test_a_part_that_is_left_out_stays(fyr: Fyr, configuration: Path) -> None:
    succeed(fyr, "apply", str(configuration))
    out = succeed(fyr, "apply", write("page: {time_zone: Asia/Tokyo}"), "--prune")
    assert out == "~ page settings: time_zone\nApplied.\n"


def test_an_archived_service_is_restored(fyr: Fyr, configuration: Path) -> None:
    succeed(fyr, "apply", str(configuration))
    succeed(fyr, "apply", write("services: [{slug: web, name: Web}]"), "--prune")
    assert "+ service payments\n" in succeed(fyr, "apply", str(configuration))


def test_services_and_groups_are_in_the_order_of_the_file(fyr: Fyr, configuration: Path) -> None:
    succeed(fyr, "apply", str(configuration))
    stated = yaml.safe_load(EVERYTHING)
    turned = {name: stated[name][::-1] for name in ("groups", "services")}
    out = succeed(fyr, "apply", write(yaml.safe_dump(turned)))
    assert out == "~ groups of the page: order\n~ services of the page: order\nApplied.\n"


def test_a_group_that_a_service_names_is_in_the_plan(fyr: Fyr) -> None:
    plan = fyr("apply", "--dry-run", write("services: [{slug: web, name: Web, group: Shopp}]"))
    assert plan.out.splitlines()[:2] == ["+ group shopp", "+ service web"]


def test_one_fault_leaves_everything_as_it_was(fyr: Fyr, configuration: Path) -> None:
    before = fyr("dump").out
    text = EVERYTHING.replace("services: [web], publish: draft", "services: [wep]")
    done = fyr("apply", write(text))
    assert_refused(done, "other.yaml: targets[1].services: There is no service 'wep'.")
    assert fyr("dump").out == before


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "other.yaml has no parts such as page: or services:."),
        ("- a", "other.yaml has no parts such as page: or services:."),
        ("page: [", "other.yaml: line 2, column 1"),
        ("a: &a [*a]", "contains itself"),
        ("page: !!python/object:os.system x", "the tag"),
        ("pages: {}", "pages (line 1): There is no such field; 'page' is similar."),
        (
            "page:\n\tname: X",
            "line 2, column 1: found character that cannot start any token. Indent",
        ),
        ("services:\n- slug: a\n  slug: b", "line 3: the name 'slug' is there twice"),
        ("services: [{slug: 404, name: X}]", "services[0].slug (line 1): Give a text; in quotes"),
        ("page:\n  name: Web: shop", "line 2, column 12: mapping values are not allowed"),
        ("page: [{name: X}]", "page (line 1): Give fields, each as name: value."),
        ("targets:\n- {host: a.se, services: [], port: 22:22}", "port (line 2): Give a whole"),
        ("page: {languages: en}", "page.languages (line 1): Give a list, in which"),
        (
            "page: {links: [{nmae: X}]}",
            "page.links[0].nmae (line 1): There is no such field; 'name'",
        ),
        ("page: {four_eyes: yes}", "page.four_eyes (line 1): Give true or false."),
        (
            "channels: {email: {enabled: true}}",
            "channels.email.enabled (line 1): There is no such field; 'is_enabled' is similar.",
        ),
        ("page: {time_zone: Mars/Base}", "page.time_zone: "),
        ("page: {}", "page (line 1): Name at least one field to change."),
        ("page: {languages: [tlh]}", "page.languages: These are not offered: tlh"),
        ("services: [{name: Web}]", "services[0].slug (line 1): This field is required."),
        ("services: [{slug: Web site, name: Web}]", "services[0].slug: "),
        ("services: [{slug: web, name: {'': x}}]", "services[0].name: '' is not a language tag"),
        ("services: {slug: web}", "services (line 1): Give a list"),
        ("services: [{slug: a, name: A}, {slug: a, name: B}]", "services[1].slug: "),
        ("targets: [{host: 'a b', services: []}]", "targets[0].host: 'a b' is not a host name"),
        ("targets: [{host: a.se, services: [], port: '443'}]", "targets[0].port (line 1): "),
        (
            "targets: [{host: a.se, services: []}, {host: A.SE, services: []}]",
            "targets[1].host: This host and port is listed twice.",
        ),
        ("sources: [{kind: nagios, name: N}]", "sources[0].kind: There is no kind of source"),
        (
            "sources: [{kind: generic, name: N}, {kind: generic, name: N}]",
            "sources[1].name: This name is listed twice.",
        ),
        (
            "sources: [{kind: generic, name: N, routes: [{matchers: [[a, '=~', '(?=x)']]}]}]",
            "sources[0].routes[0]",
        ),
        ("sources: [{kind: generic, name: N, publish: auto}]", "sources[0].publish: "),
        ("routes: [{source: abc}]", "routes[0].source (line 1): "),
        ("channels: {email: {is_enabled: true}}", "channels.email: The settings of the program"),
        ("channels: {fax: {is_public: true}}", "channels.fax: "),
        ("rooms: [{kind: slack, name: O, language: en, values: {}}]", "rooms[0]"),
        ("page: {name: '${NO_SUCH_VARIABLE}'}", "variables are not set: NO_SUCH_VARIABLE."),
    ],
)
def test_what_is_wrong_is_named_by_its_place(fyr: Fyr, text: str, reason: str) -> None:
    assert_refused(fyr("apply", write(text)), reason)


def test_a_file_that_is_not_there_is_named(fyr: Fyr) -> None:
    assert_refused(fyr("apply", "gone.yaml"), "gone.yaml cannot be read: No such file")


def test_the_value_of_a_variable_is_text_whatever_it_contains(
    fyr: Fyr, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAME", "a: [${HOME}]")
    succeed(fyr, "apply", write("page: {name: {en: '${NAME}', sv: '$${NAME}'}}"))
    name = yaml.safe_load(succeed(fyr, "dump"))["page"]["name"]
    assert name == {"en": "a: [$${HOME}]", "sv": "$${NAME}"}


def test_what_differs_and_cannot_be_changed_is_refused(fyr: Fyr, configuration: Path) -> None:
    succeed(fyr, "apply", str(configuration))
    done = fyr("apply", write(EVERYTHING.replace("starttls: smtp", "starttls: imap")))
    assert_refused(done, "targets[1].starttls: The way of STARTTLS of a target cannot be changed.")
    done = fyr("apply", write(EVERYTHING.replace("kind: alertmanager", "kind: generic")))
    assert_refused(done, "sources[0].kind: The kind of a source cannot be changed.")


def test_the_example_of_the_docs_is_applied(fyr: Fyr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_SECRET", SECRET)
    monkeypatch.setenv("SLACK_URL", SLACK)
    doc = (DOCS / "configuration.md").read_text(encoding="utf-8")
    example = doc.partition("```yaml\n")[2].partition("```")[0]
    assert "+ service payments\n" in succeed(fyr, "apply", write(example))
