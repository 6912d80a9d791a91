"""Fills templates: a room's own, over the base that all pages share. Everything is escaped; what is missing raises.

Never decides what a page shows, and never leaves a word in one language: `t` says it in Chinese and in English.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from station.pages.closed_app import STATIC
from station.pages.words import PAGE_WORDS

_SHARED = Path(__file__).parent / "templates"
_BOTH = Markup('<span class="words"><span lang="zh-CN">{}</span> <span class="english" lang="en">{}</span></span>')


class Pages:
    """The templates of one room and its words, English → Chinese.

    In a template, `t("English", n=3)` is both languages as markup, Chinese first; `zh("English")` is Chinese alone,
    for titles and labels. `{% extends "page.html" %}` is the base.
    """

    def __init__(self, templates: Path, words: Mapping[str, str]) -> None:
        self.words = {**PAGE_WORDS, **words}
        self.edition = _edition(templates, _SHARED, STATIC)
        """Differs as soon as any template, style or script does."""
        self._environment = Environment(
            loader=FileSystemLoader([templates, _SHARED]),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,  # part of the software; to look for a newer one lets go of the GIL each time
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {"t": self.both, "zh": self.chinese}

    def render(self, template: str, **values: object) -> str:
        return self._environment.get_template(template).render(values)

    def answer(self, template: str, **values: object) -> HTMLResponse:
        return HTMLResponse(self.render(template, **values))

    def chinese(self, english: str, **values: object) -> str:
        return self.words[english].format_map(values)

    def both(self, english: str, **values: object) -> Markup:
        """Chinese, then English."""
        return _BOTH.format(self.chinese(english, **values), english.format_map(values))


def _edition(*folders: Path) -> str:
    digest = sha256()
    for file in sorted(file for folder in folders for file in folder.rglob("*") if file.is_file()):
        digest.update(sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]
