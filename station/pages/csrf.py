"""Whether a form that came back is one we gave to this very browser. Pure but for the key, drawn once a start.

A browser says where a request comes from if it is new enough; the token in the form says it in any browser. Our own
pages send no referrer, so that an `Origin` of theirs is `null`: that alone proves nothing either way.
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

FIELD = "form_key"
FORM_BYTES_MAX = 16_384
_FIELDS_MAX = 256
_FORM = "application/x-www-form-urlencoded"
_OURS = ("same-origin", "none")

Form = Mapping[str, tuple[str, ...]]


def token(key: bytes, cookie: str) -> str:
    """What stands hidden in every form shown to whoever holds this cookie."""
    return hmac.digest(key, b"dockward form v1\0" + cookie.encode(), hashlib.sha256).hex()


def is_ours(key: bytes, cookie: str | None, form: Form) -> bool:
    given = form.get(FIELD, ())
    if not cookie or len(given) != 1:
        return False
    return hmac.compare_digest(token(key, cookie).encode(), given[0].encode())


def from_our_page(headers: Mapping[str, str]) -> bool:
    """Nothing in the headers speaks for another site's page."""
    if headers.get("sec-fetch-site", "none") not in _OURS:
        return False
    origin = headers.get("origin", "null")
    return origin == "null" or origin.partition("://")[2] == headers.get("host", "")


def read_form(content_type: str, content: bytes) -> Form | None:
    """What a page of ours would send; None for anything else."""
    if content_type.partition(";")[0].strip().lower() != _FORM:
        return None
    fields: dict[str, tuple[str, ...]] = {}
    try:
        pairs = parse_qsl(
            content.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_FIELDS_MAX,
        )
    except (ValueError, UnicodeDecodeError):
        return None
    for name, value in pairs:
        fields[name] = (*fields.get(name, ()), value)
    return fields
