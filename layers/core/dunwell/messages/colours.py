"""Colours that can be read, by WCAG 2.2's relative luminance and contrast (w3.org/TR/WCAG22)."""

import re
from typing import Final

BLACK: Final = "#000000"
WHITE: Final = "#ffffff"

CONTRAST_MIN: Final = 4.5
"""Least contrast of text with its ground (WCAG 2.2, 1.4.3, level AA)."""

_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")


def is_colour(value: str) -> bool:
    """Whether this is a colour as `#rrggbb`."""
    return _HEX.fullmatch(value) is not None


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable_on(ground: str) -> str:
    """White where it can be read on a colour, else black: one of the two always can."""
    return WHITE if contrast(WHITE, ground) >= CONTRAST_MIN else BLACK


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
