"""The sent mails as files to look at: one page with all of them, and each as HTML and as text."""

from email.message import EmailMessage
from html import escape
from pathlib import Path

_STYLE = """
:root { color-scheme: light dark; font-family: system-ui, sans-serif; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid #8884; padding: .4rem .6rem; text-align: left; }
"""


def write_mailbox(mails: list[EmailMessage], folder: Path) -> Path:
    """Writes the mails into `folder` (what an earlier run left there goes) and returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("[0-9]*.*"):
        old.unlink()
    rows = []
    for number, mail in enumerate(mails, 1):
        name = f"{number:04d}"
        for kind, ending in (("html", "html"), ("plain", "txt")):
            part = mail.get_body((kind,))
            if part is not None:
                (folder / f"{name}.{ending}").write_text(part.get_content(), encoding="utf-8")
        cells = (str(mail["To"]), str(mail["Subject"]))
        told = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        rows.append(f'<tr><td><a href="{name}.html">HTML</a> <a href="{name}.txt">text</a></td>{told}</tr>')
    page = folder / "index.html"
    page.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Mails sent</title>'
        f"<style>{_STYLE}</style><h1>{len(mails)} mails sent</h1>"
        f"<table><tr><th></th><th>To</th><th>Subject</th></tr>{''.join(rows)}</table></html>",
        encoding="utf-8",
    )
    return page
