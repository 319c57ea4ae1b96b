"""Builds app/pictures/fonts, the typeface of share pictures, from the Noto fonts.

Run it by hand: `python -m scripts.build_share_fonts FOLDER`. The folder is that of Debian's package
fonts-noto-core 20201225, `/usr/share/fonts/truetype/noto`; the hash of each file is verified. The
result is reproducible byte for byte.

The scripts are merged into one file for each weight: only text in one font can be shaped and
reordered in one run, which mixed-direction text needs.
"""

import hashlib
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset
from fontTools.merge import Merger
from fontTools.ttLib import TTFont

__all__ = ["PARTS", "TARGET", "main"]

TARGET = Path(__file__).resolve().parent.parent / "app" / "pictures" / "fonts"
_FAMILY = "Fyr Share"
# Name IDs of a font: copyright, licence description, licence URL.
_LICENCE_NAMES = (0, 13, 14)
_MATHEMATICS = "2190-21ff 2200-22ff 25a0-25ff"


@dataclass(frozen=True, slots=True)
class Part:
    """Characters taken from one font: ranges in hexadecimal, and the hash of each weight's file.

    A font without a bold weight has one hash; its regular glyphs are used in both.
    """

    font: str
    ranges: str
    hashes: tuple[str, ...]
    features: tuple[str, ...] = ("*",)


# A character is taken from the first font that has it.
PARTS = (
    Part(
        "NotoSans",
        "20-7e a0-36f 370-3ff 400-52f 1e00-1eff 2000-209f 20a0-20cf 2100-214f 2150-218f "
        f"{_MATHEMATICS} fb00-fb06 fffd",
        (
            "89c3c497f618fdaa0b2d1e98fef93582f28c71debd2c4a8cdf41f190ced2909d",
            "e83493c945848ecd4a9ad0f6d19164541a0d3e23a9c952304a00a46e00272ac5",
        ),
        # Without small capitals and stylistic alternates, which nothing selects.
        ("ccmp", "locl", "mark", "mkmk", "kern", "liga", "rlig", "calt"),
    ),
    Part(
        "NotoSansArabic",
        "600-6ff 750-77f fb50-fdff fe70-fefc",
        (
            "504d7407d86875acf7d04dfaa0fd7524d0b8797723bc4aa18022f29db25b0b6e",
            "ded6fc7359ca36d15d7aab9ef0c066e21ce48b26a069994d6602fa2cb9a1b952",
        ),
    ),
    Part(
        "NotoSansHebrew",
        "591-5f4 fb1d-fb4f",
        (
            "436900d5ad77d33e4234247f3076eaecd25b92b9bea0519514f684140e3566a7",
            "d3b01343f71e8a93fffb84c345a1aecbaf4694b98d0eaace916cb9eac9e6dcd3",
        ),
    ),
    Part(
        "NotoSansThai",
        "e00-e7f",
        (
            "dfbd5ed0f1e68c3cbc51aa08f646d1ab0e68e7c4ceab70a69e465225ff701f93",
            "97bbc8ea98328325285f2f552228c7aac1db39d8f38f0096a61ba7df1f1f780e",
        ),
    ),
    Part(
        "NotoSansDevanagari",
        "900-97f a8e0-a8ff",
        (
            "79a470365ccb210fa3c7d8d8ff2e005ef9d983cfd067f735a0caf7e15070ca9f",
            "77ad688cfe1dc55185bf4edb4db3c614202c65dd23a1463ad0e23fc52bcc9a5c",
        ),
    ),
    Part(
        "NotoSansBengali",
        "980-9ff",
        (
            "9bb35b3547829ecc42041b6017e87fd4c5f1da1edcd00f59171777050f346018",
            "22c9ff99baca4d31c531ce450a1369beed889467e1ad964f4b8a6f810aa46955",
        ),
    ),
    Part(
        "NotoSansTamil",
        "b80-bff",
        (
            "a7bb7f92f165479af2f0556c4fd669b74c5959f464f603e18389b532f4d07a71",
            "7ef7071ba2fad67dcae397dc7f5bfd4dbce69d86cdc453c2cc4abe640df0b442",
        ),
    ),
    Part(
        "NotoSansGeorgian",
        "10a0-10ff 1c90-1cbf",
        (
            "ba75f2154fef9beac8439f94c631dc37ef9c708d32f9254bb019afdfa9aa3138",
            "2cee22513f5c94b5577fe1a91df94836dc9825ac78e5b3a9f3c49d1f038a5f11",
        ),
    ),
    Part(
        "NotoSansArmenian",
        "530-58f",
        (
            "9636c32c121f4fc1fc6963dfad60ea32c41889507118a46f83a818eacf40348e",
            "a0f398d0205f0b96d6637ac66d92e6e42b230f8ed3853a050d0aa5792eb9b7f7",
        ),
    ),
    Part(
        "NotoSansMath",
        _MATHEMATICS,
        ("8242bd1e55368b27e32455260754cf9aa58f3ad7ea80664b66c21f1b09910d6c",),
    ),
)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("Usage: python -m scripts.build_share_fonts FOLDER")
    TARGET.mkdir(parents=True, exist_ok=True)
    for weight in ("Regular", "Bold"):
        target = TARGET / f"FyrShare-{weight}.ttf"
        with tempfile.TemporaryDirectory() as folder:
            parts = list(_parts(Path(sys.argv[1]), weight, Path(folder)))
            merged = Merger().merge([str(part) for part in parts])
        _set_names(merged, weight)
        # The merger would store the current time.
        merged.recalcTimestamp = False
        merged["head"].modified = merged["head"].created = 0
        merged.save(target)
        print(f"{target.name}: {target.stat().st_size} bytes")


def _parts(folder: Path, weight: str, scratch: Path) -> Iterator[Path]:
    """The subset fonts, in the order of PARTS."""
    taken: set[int] = set()
    for part in PARTS:
        source = folder / f"{part.font}-{weight if len(part.hashes) == 2 else 'Regular'}.ttf"
        content = source.read_bytes()
        expected = part.hashes[-1 if weight == "Bold" else 0]
        if hashlib.sha256(content).hexdigest() != expected:
            sys.exit(f"{source} is not the file of fonts-noto-core 20201225.")
        font = TTFont(source, recalcTimestamp=False)
        characters = set(_characters(part.ranges)) & set(font.getBestCmap()) - taken
        taken |= characters
        yield _subset(font, part, characters, scratch / source.name)


def _subset(font: TTFont, part: Part, characters: set[int], target: Path) -> Path:
    options = subset.Options()
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True
    options.layout_features = list(part.features)
    options.name_IDs = list(_LICENCE_NAMES)
    options.drop_tables += ["MATH"]
    options.recalc_timestamp = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font.save(target)
    return target


def _characters(ranges: str) -> Iterator[int]:
    for each in ranges.split():
        first, _, last = each.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def _set_names(font: TTFont, weight: str) -> None:
    names: Mapping[int, str] = {
        1: _FAMILY,
        2: weight,
        3: f"{_FAMILY} {weight}",
        4: f"{_FAMILY} {weight}",
        6: f"{_FAMILY.replace(' ', '')}-{weight}",
    }
    for number, text in names.items():
        font["name"].setName(text, number, 3, 1, 0x409)


if __name__ == "__main__":
    main()
