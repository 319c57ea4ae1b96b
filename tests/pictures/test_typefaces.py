"""Which texts the shipped typeface sets, and what happens to the others."""

import pytest

from app.pictures.typefaces import settable

# One sentence for each script of the languages that the page is meant for.
SENTENCES = {
    "en": "Some card payments fail.",
    "sv": "Vissa kortbetalningar går inte igenom.",
    "fr": "L’œuvre : « paiements refusés »",
    "pl": "Płatności kartą są odrzucane – źródło, ćma",
    "vi": "Một số thanh toán thẻ không thành công",
    "tr": "İşlem başarısız, ağır kesinti",
    "is": "Sumar greiðslur þínar ganga ekki í gegn",
    "mt": "Xi ħlasijiet bil-kard qed ifallu, ġurnata",
    "el": "Ορισμένες πληρωμές απέτυχαν",
    "uk": "Деякі платежі не проходять, її ґанок",
    "sr": "Нека плаћања не пролазе, ђ љ њ ћ џ",
    "mk": "Некои плаќања не успеваат, ѓ ѕ ќ",
    "he": "חלק מהתשלומים נכשלים",
    "ar": "تفشل بعض المدفوعات ١٤:٢٠",
    "fa": "برخی پرداخت‌ها ناموفق می‌شوند ۱۴:۲۰",
    "ur": "کچھ ادائیگیاں ناکام ہو رہی ہیں، ٹھیک نہیں ہے",
    "hi": "कुछ कार्ड भुगतान विफल हो रहे हैं।",
    "bn": "কিছু কার্ড পেমেন্ট ব্যর্থ হচ্ছে।",
    "ta": "சில அட்டை கட்டணங்கள் தோல்வியடைகின்றன",
    "th": "การชำระเงินด้วยบัตรบางรายการล้มเหลว",
    "ka": "ზოგიერთი გადახდა ვერ ხერხდება",
    "hy": "Որոշ վճարումներ ձախողվում են",
}
UNSETTABLE = {
    "ja": "一部の決済が失敗しています",
    "ko": "일부 카드 결제가 실패합니다",
    "zh-hans": "部分付款失败",
    "my": "ငွေပေးချေမှု မအောင်မြင်ပါ",
    "am": "ክፍያዎች አልተሳኩም",
    "mixed": "API 決済 is down",
}


def line_of(text: str, *, shaping: bool = True) -> str | None:
    found = settable(text, shaping=shaping)
    return found[0] if found else None


@pytest.mark.parametrize("tag", SENTENCES)
def test_a_language_whose_script_the_typeface_has_is_set_as_written(tag: str) -> None:
    assert line_of(SENTENCES[tag]) == SENTENCES[tag]


@pytest.mark.parametrize("tag", UNSETTABLE)
def test_a_text_with_a_letter_that_no_typeface_has_is_not_set(tag: str) -> None:
    assert line_of(UNSETTABLE[tag]) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("🔥🚨 The API is down", "The API is down"),
        ("Down ❤️‍🔥 → use the backup 👍🏽 now", "Down → use the backup now"),
        ("1️⃣ Payments 🇸🇪", "1 Payments"),
        ("Checkout\U0001fae9 fails ★", "Checkout fails"),
    ],
)
def test_emoji_and_other_symbols_without_a_glyph_are_left_out(text: str, line: str) -> None:
    assert line_of(text) == line


@pytest.mark.parametrize("text", ["", "   ", "👍", "🔥 🔥", "\u200d\u200f"])
def test_a_text_of_which_nothing_is_left_is_not_set(text: str) -> None:
    assert line_of(text) is None


def test_letters_in_another_width_or_style_are_set_as_the_letters_they_are() -> None:
    assert line_of("ＡＰＩ 𝐝𝐨𝐰𝐧") == "API down"


def test_several_lines_and_tabs_become_one_line() -> None:
    assert line_of("The API\n\tis  down") == "The API is down"


@pytest.mark.parametrize("tag", ["en", "el", "uk", "vi"])
def test_without_shaping_letters_are_set_one_by_one(tag: str) -> None:
    assert line_of(SENTENCES[tag], shaping=False) == SENTENCES[tag]


@pytest.mark.parametrize("tag", ["ar", "fa", "ur", "he", "hi", "bn", "ta", "th"])
def test_without_shaping_scripts_that_need_it_are_not_set(tag: str) -> None:
    assert line_of(SENTENCES[tag], shaping=False) is None
