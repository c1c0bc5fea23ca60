"""`dunwell mails`: every mail in every language as a gallery of pages, in the owner's brand."""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Final

from dunwell.domain.customers import Customer
from dunwell.domain.policies import LANGUAGES, Branding, Settings
from dunwell.messages.composer import TemplateComposer
from dunwell.records import Mail
from rich.console import Console

from sandbox.files import write_whole
from sandbox.gallery.scenes import Scene, scenes
from sandbox.owner.settings_file import read_file, settings_of

FRAMES: Final = ((320, "light"), (640, "light"), (320, "dark"))
"""Pixels and colours in which each mail is shown: a small telephone, a mail program's pane, the night."""

_SHOWN: Final = Settings(
    branding=Branding(
        "Northwind Tools", "billing@northwind.example", address="Northwind Tools Ltd, 1 Quay, Hull"
    )
)
"""Whose mails are shown when no settings are given."""

_STYLE: Final = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
body { margin: 0 auto; max-width: 88rem; padding: 1rem; }
nav a { margin-right: 1rem; }
nav a[aria-current] { font-weight: bold; text-decoration: none; }
section { border-top: 1px solid #8886; margin-top: 2rem; }
iframe { border: 1px solid #8886; height: 36rem; margin: 0 1rem 1rem 0; }
pre { background: #8882; padding: 1rem; white-space: pre-wrap; }
"""


def run_mails(settings_file: Path | None, folder: Path, console: Console) -> int:
    """Raises `ValueError` and `OSError`, which the command prints."""
    settings = settings_of(read_file(settings_file)) if settings_file else _SHOWN
    page = write_gallery(folder, settings)
    console.print(f"{len(LANGUAGES)} languages, each with every mail: {page}", soft_wrap=True)
    return 0


def write_gallery(folder: Path, settings: Settings) -> Path:
    """Writes a page for each language, with its mails beside it, and returns the first one's path."""
    composer = TemplateComposer()
    for language in LANGUAGES:
        customer = Customer("cus_gallery", "ada@example.com", "Ada Lovelace", preferred_locales=(language,))
        shown = [(scene, composer.compose(scene.items)) for scene in scenes(customer, settings)]
        for scene, mail in shown:
            write_whole(folder / language / f"{scene.variant}.html", mail.html)
        write_whole(folder / f"{language}.html", "".join(_page(language, shown)))
    return folder / f"{LANGUAGES[0]}.html"


def _page(language: str, shown: Sequence[tuple[Scene, Mail]]) -> Iterator[str]:
    yield (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Mails</title>'
        f"<style>{_STYLE}</style><nav>"
    )
    for other in LANGUAGES:
        here = ' aria-current="page"' if other == language else ""
        yield f'<a href="{other}.html"{here}>{other}</a>'
    yield "</nav>"
    for scene, mail in shown:
        yield f"<section><h2>{escape(mail.subject)}</h2><p><code>{scene.variant}</code></p>"
        for width, colours in FRAMES:
            title = escape(f"{scene.variant}, {width} pixels wide, {colours}", quote=True)
            yield (
                f'<iframe src="{language}/{scene.variant}.html" width="{width}" title="{title}" '
                f'style="color-scheme: {colours}"></iframe>'
            )
        yield f"<details><summary>text</summary><pre>{escape(mail.text)}</pre></details></section>"
    yield "</html>"
