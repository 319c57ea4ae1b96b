"""Pictures as people upload them."""

from io import BytesIO

from PIL import Image

__all__ = ["MARK", "SVG", "raster", "wordmark"]

SVG = "http://www.w3.org/2000/svg"

# A lighthouse's beam: wider than tall, drawn as editors draw.
MARK = b"""<?xml version="1.0" encoding="utf-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" viewBox="0 0 96 32" version="1.1"
 inkscape:version="1.3">
<metadata>made in an editor</metadata>
<title>Acme</title>
<defs>
<style>.a{fill:url(#g)} .b{fill:#1a5fb4;stroke-width:2px}</style>
<linearGradient id="g"><stop offset="0" stop-color="#1a5fb4"/><stop offset="1"/></linearGradient>
<path id="beam" d="M0 16 32 4v24z"/>
</defs>
<inkscape:grid/>
<use xlink:href="#beam" class="a"/>
<g transform="translate(40 0)" inkscape:label="word"><circle class="b" cx="16" cy="16" r="12"/></g>
<text x="60" y="20" font-family="sans-serif">A &amp; B</text>
</svg>
"""


def raster(
    kind: str = "PNG", size: tuple[int, int] = (320, 80), mode: str = "RGBA", **more: object
) -> bytes:
    """A picture of this kind, as Pillow writes it."""
    picture = Image.radial_gradient("L").resize(size).convert(mode)
    written = BytesIO()
    picture.save(written, kind, **more)
    return written.getvalue()


def wordmark(inside: str, head: str = 'viewBox="0 0 80 20"') -> bytes:
    """An SVG with this in it."""
    return f'<svg xmlns="{SVG}" {head}>{inside}</svg>'.encode()
