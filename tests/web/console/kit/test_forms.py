import re

from app import folder
from app.domain.permissions import Role
from app.web.console.kit.forms.carried_form import pack
from app.web.console.kit.forms.forms import Form
from tests.cast import BASE_URL, Installation
from tests.console import staff


def test_a_form_shows_again_what_it_was_filled_with() -> None:
    form = Form.filled({"slug": "a", "services": ["x", "y"], "title": {"en": "T", "sv": ""}})
    assert form.text("slug") == "a"
    assert form.text("nothing") == ""
    assert form.all("services") == ("x", "y")
    assert form.has("services", "y")
    assert not form.has("services", "z")
    assert form.texts("title") == {"en": "T"}


def test_line_ends_are_those_of_unix() -> None:
    assert Form((("body", "a\r\nb"),)).text("body") == "a\nb"


def test_a_refusal_stands_beside_its_field_or_above_the_form() -> None:
    form = Form((("title:en", ""),))
    form.refuse("Write it.", at="title")
    form.refuse("Not there.", at="group")
    assert (form.error("title"), form.error(""), form.status) == ("Write it.", "Not there.", 422)


def test_a_form_with_files_is_read(installation: Installation) -> None:
    headers = {"Origin": BASE_URL}
    answer = staff(installation, Role.VIEWER).ask(
        "POST",
        "/console/account/language",
        headers=headers,
        files={"language": (None, b"sv"), "logo": ("a.png", b"\x89PNG")},
    )
    assert answer.status_code == 303


def test_a_form_that_cannot_be_read_is_refused_as_a_page(installation: Installation) -> None:
    ada = staff(installation, Role.ADMIN)
    kinds = {
        "multipart/form-data; boundary=x": b"--x\r\nnot a header\r\n",
        "multipart/form-data": b"",
        "application/x-www-form-urlencoded": b"&".join([b"a=1"] * 1001),
    }
    for kind, body in kinds.items():
        headers = {"Origin": BASE_URL, "Content-Type": kind}
        answer = ada.ask("POST", "/console/account/language", headers=headers, content=body)
        assert (answer.status_code, kind) == (422, kind)
        assert "<h1>" in answer.text


def test_a_form_that_is_too_large_is_refused(installation: Installation) -> None:
    headers = {"Origin": BASE_URL, "Content-Type": "application/x-www-form-urlencoded"}
    ada = staff(installation, Role.ADMIN)
    body = b"language=" + b"x" * installation.settings.body_limit_bytes
    answer = ada.ask("POST", "/console/account/language", headers=headers, content=body)
    assert (answer.status_code, "<h1>The request is too large</h1>" in answer.text) == (413, True)


def test_what_fails_on_our_side_is_a_page_too(installation: Installation) -> None:
    def failing() -> None:
        raise RuntimeError("a mistake of ours")

    installation.app.add_api_route("/console/failing", failing)
    answer = staff(installation, Role.ADMIN).get("/console/failing")
    assert (answer.status_code, "<h1>An error occurred</h1>" in answer.text) == (500, True)
    assert "mistake" not in answer.text


def test_no_field_of_a_password_is_carried_through_the_sign_in_page() -> None:
    templates = "".join(each.read_text() for each in (folder("templates") / "console").iterdir())
    fields = re.findall(r'field\(form, "(\w+)"[^}]*?type="password"', templates)
    fields += re.findall(r'name="(\w+)" type="password"', templates)
    assert {"new", "password", "present", "secrets"} <= set(fields)
    form = Form.filled(dict.fromkeys(fields, "hunter2"))
    assert "hunter2" not in pack("/console/account", form)
