"""The few kinds of text that signed papers hold, so that a court can use them without a JSON reader.

No text here holds a quote, a backslash or a control character: what is written is what is read. No word, whatever
a camera or a file calls itself, can look like a line that `sha256sum -c` believes, or steer a terminal.
"""

import re
from typing import Annotated
from urllib.parse import unquote_to_bytes

from msgspec import Meta

_UNSAFE = (
    r'\x00-\x20"%()\\=\x7f-\xa0\u00ad\u061c\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff'
    r"\ud800-\udfff\ufff9-\ufffb"
)
"""Controls, spaces, what turns writing around; and what a line for `sha256sum -c` cannot do without."""
_UNSAFE_LETTER = re.compile(f"[{_UNSAFE}]")
_WORD = rf"^([^{_UNSAFE}]|%[0-9A-F]{{2}})*\Z"
_SENTENCE = (
    r"^(?!\s|[0-9A-Fa-f]{32}|[A-Z0-9/-]+ ?\()"
    r'[^\x00-\x1f"\\\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+\Z'
)

Word = Annotated[str, Meta(pattern=_WORD, max_length=40_000)]
"""A name or an id as `quoted` writes it."""
Sentence = Annotated[str, Meta(pattern=_SENTENCE, max_length=1_000)]
"""Words of ours for people, or a command to type."""
FileLine = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}  [a-z.]{1,32}\Z")]
"""One line for `sha256sum -c`."""


def quoted(word: str) -> str:
    """The word with whatever could be mistaken written as %XX of its UTF-8, as in URLs."""
    return _UNSAFE_LETTER.sub(lambda letter: _percent(letter[0]), word)


def unquoted(word: str) -> str:
    """The word as it was before `quoted`."""
    return unquote_to_bytes(word).decode("utf-8", "surrogatepass")


def file_line(sha256_hex: str, name: str) -> str:
    return f"{sha256_hex}  {name}"


def _percent(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "surrogatepass"))
