from collections.abc import Mapping
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from scripts.messages import language, phrasebook

ENGLISH = """
[terms]
chain = ["chain", "chains"]
Resolved = ["Resolved"]
[names]
words = ["Atom"]
[exempt.chain]
"A supply chain." = "another sense"
"""
TERMS = '[terms]\nchain = ["{chain}"]\nResolved = ["{resolved}"]\n{more}'


def found(
    root: Path,
    tag: str,
    texts: Mapping[str, str | tuple[str, ...]],
    *,
    chain: str = "zzz",
    resolved: str = "zzz",
    more: str = "",
    comments: tuple[str, ...] = (),
) -> list[str]:
    """What is wrong with the translations of these English texts."""
    folder = phrasebook.file_of(root, tag).parents[1]
    for path, text in (
        (root / "locales" / "en", ENGLISH),
        (folder, TERMS.format(chain=chain, resolved=resolved, more=more)),
    ):
        path.mkdir(parents=True, exist_ok=True)
        (path / "terms.toml").write_text(text, encoding="utf-8")
    template = Catalog()
    for english, forms in texts.items():
        plural = isinstance(forms, tuple)
        template.add((english, f"{english}s") if plural else english, auto_comments=comments)
    catalog = phrasebook.new(tag, template)
    for english, forms in texts.items():
        message = catalog.get(english)
        assert message is not None
        message.string = forms
    return language.problems_of_catalogue(root, tag, catalog)


def test_every_message_that_holds_a_term_holds_the_word_of_the_language(tmp_path: Path) -> None:
    texts = {"Serve the whole chain.": "Die ganze Folge.", "The chain is short.": "Die Kette."}
    problem, *rest = found(tmp_path, "de", texts, chain="kette*")
    assert problem.startswith("Serve the whole chain.: “Die ganze Folge.” has none of the words")
    assert rest == []


def test_every_plural_form_holds_the_word_of_the_language(tmp_path: Path) -> None:
    assert len(found(tmp_path, "de", {"chain": ("Kette", "Folgen")}, chain="kette*")) == 1


def test_a_form_is_a_whole_word_unless_a_star_continues_it(tmp_path: Path) -> None:
    assert found(tmp_path, "sv", {"chain": "protokoll"}, chain="rot")
    assert not found(tmp_path, "sv", {"chain": "rotkedja"}, chain="rot*")
    assert found(tmp_path, "hi", {"chain": "घटना"}, chain="घटन")
    ja = {"The chain of a certificate.": "この証明書の鎖です"}
    assert not found(tmp_path, "ja", ja, chain="証明書の鎖")


def test_a_status_is_a_term_only_where_english_writes_it_with_its_capital(tmp_path: Path) -> None:
    assert found(tmp_path, "de", {"Resolved": "Erledigt"}, resolved="gelöst")
    assert not found(tmp_path, "de", {"It was resolved.": "Erledigt."}, resolved="gelöst")


def test_a_term_in_another_sense_is_exempt_in_every_language(tmp_path: Path) -> None:
    assert not found(tmp_path, "de", {"A supply chain.": "Ein Lieferweg."})


def test_a_language_has_a_word_for_every_term(tmp_path: Path) -> None:
    assert found(tmp_path, "de", {}, chain="") == []
    assert found(tmp_path, "de", {}, more="[x]\n", resolved="x") == []
    (tmp_path / "locales" / "de" / "terms.toml").write_text("[terms]\nchain = []\n")
    problems = language.problems_of_catalogue(tmp_path, "de", Catalog(locale="de"))
    assert problems == [
        "terms.toml has no word for the term “chain”",
        "terms.toml has no word for the term “Resolved”",
    ]


def test_a_term_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    assert "locales/de/terms.toml: " in found(tmp_path, "de", {}, more="[[[")[0]


@pytest.mark.parametrize(
    ("tag", "text", "complaint"),
    [
        ("sv", "Händelsе", "mixes letters of CYRILLIC and LATIN"),
        ("sv", "событие", "“событие” is not in letters of the language"),
        ("el", "Περιστατικό incident", "“incident” is not in letters of the language"),
        ("el", "Πeριστατικό", "mixes letters of GREEK and LATIN"),
        ("ar", "الصيانة جاری", "“ی” in “جاری” is no letter of the language"),
        ("fa", "خدمات جاري", "“ي” in “جاري” is no letter of the language"),
        ("ur", "یہ خدمت كی", "“ك” in “كی” is no letter of the language"),
        ("zh-hans", "服務中斷", "“務” in “服務中斷” is no letter of the language"),
        ("zh-hant", "服务中断", "“务” in “服务中断” is no letter of the language"),
        ("ja", "证书", "“证” in “证书” is no letter of the language"),
        ("ko", "인시던트 報告", "“報告” is not in letters of the language"),
        ("uk", "Інцидент вырешен", "“ы” in “вырешен” is no letter of the language"),
        ("sr", "Инцидент je рeшен", "“je” is not in letters of the language"),
        ("ro", "Fără înştiinţare", "“ş” in “înştiinţare” is no letter of the language"),
        ("hi", "सेवा incident", "“incident” is not in letters of the language"),
        ("he", "שירות подключен", "“подключен” is not in letters of the language"),
        ("sv", 'Ingen "uppdatering"', "has an ASCII quotation mark, not ”’"),
        ("de", "Der “Dienst”", "has the quotation mark ” instead of „ “"),
        ("sv", "Vänta...", "three full stops instead of an ellipsis"),
        ("sv", " Vänta", "begins or ends with a blank"),
        ("fr", "Attention : panne", "an ordinary blank where a line must not break"),
        ("sv", "Wait", "is equal to the English text"),
        ("sv", "Vänta %(nmae)s", "has ['%(nmae)s']"),
    ],
)
def test_a_text_that_its_readers_would_not_write_is_named(
    tmp_path: Path, tag: str, text: str, complaint: str
) -> None:
    problems = "\n".join(found(tmp_path, tag, {"Wait": text}, comments=("Text: a page.",)))
    assert f"Wait: {complaint}" in problems or (complaint in problems and "Wait: " in problems)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("sv", "”Vänta” på åtgärd"),
        ("de", "„Warten“ auf Maß"),
        ("fr", "Attention\N{NO-BREAK SPACE}: «\N{NO-BREAK SPACE}l’arrêt\N{NO-BREAK SPACE}»"),
        ("ar", "انتظر من فضلك، TLS"),
        ("fa", "لطفاً صبر کنید"),
        ("ur", "براہِ کرم انتظار کریں؛ آپ کی خدمت"),
        ("ja", "「お待ち」ください。TLS接続のサーバー"),
        ("ko", "TLS를 기다려 주세요"),
        ("zh-hans", "请等待“服务”恢复"),
        ("zh-hant", "請等待「服務」恢復"),
        ("uk", "Зачекайте, з’єднання TLS"),
        ("sr", "Сачекајте „услугу”"),
        ("el", "Περιμένετε την «υπηρεσία» Atom"),
        ("hi", "कृपया “सेवा” की प्रतीक्षा करें"),
        ("th", "โปรดรอสักครู่"),
        ("ta", "காத்திருக்கவும்"),
        ("bn", "অনুগ্রহ করে অপেক্ষা করুন, নিয়ন্ত্রণ"),
        ("tr", "İşlem bekleniyor"),
        ("vi", "Đang chờ dịch vụ khôi phục"),
        ("he", "נא להמתין לשירות"),
    ],
)
def test_a_text_as_its_readers_write_it_has_no_problems(
    tmp_path: Path, tag: str, text: str
) -> None:
    assert found(tmp_path, tag, {"Wait for TLS": text}, comments=("Text: a page.",)) == []


@pytest.mark.parametrize("place", ["Button: page.", "Link: every page.", "Text: badge."])
def test_a_label_more_than_2_2_times_as_wide_as_english_is_named(
    tmp_path: Path, place: str
) -> None:
    texts = {"Subscribe": "Abonnieren Sie die Meldungen"}
    (problem,) = found(tmp_path, "de", texts, comments=(place,))
    assert "times as wide as the English one" in problem
    assert not found(tmp_path, "de", {"Subscribe": "Abonnieren"}, comments=(place,))
    assert not found(tmp_path, "de", texts, comments=("Text: a page.",))
    listed = '[long]\n"Subscribe" = "there is room"\n'
    assert not found(tmp_path, "de", texts, comments=(place,), more=listed)


def test_an_english_text_is_allowed_where_the_term_file_gives_the_reason(tmp_path: Path) -> None:
    texts = {"Server": "Server", "Atom": "Atom", "TLS %(host)s": "TLS %(host)s"}
    assert [each.split(":")[0] for each in found(tmp_path, "sv", texts)] == ["Server"]
    assert not found(tmp_path, "sv", texts, more='[same]\nServer = "a Swedish word"\n')


def test_a_form_for_one_number_alone_may_leave_the_number_out(tmp_path: Path) -> None:
    english = "%(count)s day"
    assert not found(tmp_path, "he", {english: ("יום", "יומיים", "%(count)s ימים")})
    lacks = "lacks ['%(count)s']"
    assert lacks in found(tmp_path, "ru", {english: ("день", "%(count)s дня", "%(count)s дней")})[0]


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ('incident = "Vorfall"', "the forms of “incident” are a list of texts"),
        ("incident = [1]", "the forms of “incident” are a list of texts"),
        ('[same]\nServer = ""', "[same] gives a reason for “Server”"),
        ("[foreign]\nTLS = true", "[foreign] gives a reason for “TLS”"),
        ('[exempt]\nchain = "why"', "[exempt.chain] is a table"),
    ],
)
def test_a_term_file_says_what_is_wrong_in_it(tmp_path: Path, more: str, complaint: str) -> None:
    (problem,) = found(tmp_path, "de", {}, more=more)
    assert f"locales/de/terms.toml: {complaint}" in problem
