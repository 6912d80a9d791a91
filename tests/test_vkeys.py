"""Promise: a key is known by one text only, and no base64 in it or in a note can be spelled in two ways."""

import base64
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.journal.notes import LOG_KEY, WITNESS_KEY, NoteError, VerifierKey, parse_note
from tests.note_keys import COSIGNED, HEAD, LOG

names = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="+"), min_size=1, max_size=30)


@pytest.mark.parametrize(
    "vkey",
    [
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
    ],
)
def test_keys_that_others_published_are_read_and_written_the_same(vkey: str) -> None:
    assert str(VerifierKey.parse(vkey)) == vkey


def test_a_signature_that_others_published_holds() -> None:
    """The example in the documentation of Go's package note."""
    text = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    peter = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    signature = base64.b64decode(line)
    assert signature[:4] == peter.id
    assert peter.holds(text, signature[4:])
    assert not peter.holds(text[:-1], signature[4:])


@given(names, st.sampled_from((LOG_KEY, WITNESS_KEY)), st.binary(min_size=32, max_size=32))
def test_a_vkey_is_read_back_as_it_was_written(name: str, kind: int, public: bytes) -> None:
    vkey = VerifierKey(name, kind, public)
    assert VerifierKey.parse(str(vkey)) == vkey


def wrong_vkeys() -> Iterator[str]:
    name, key_id, encoded = str(LOG).split("+", 2)
    yield from ("", "+", "++", name, f"{name}+{key_id}", f"+{key_id}+{encoded}", f"{name}+{key_id}+")
    yield f"{name}++{encoded}"
    yield from (f"{name}x+{key_id}+{encoded}", f"{name}+{key_id.upper()}+{encoded}", f"{name}+{key_id}0+{encoded}")
    for at in range(len(key_id)):
        yield f"{name}+{key_id[:at]}{'0' if key_id[at] != '0' else '1'}{key_id[at + 1 :]}+{encoded}"
    short, long = LOG.public[:-1], LOG.public + b"\0"
    for kind, public in ((0, LOG.public), (2, LOG.public), (5, LOG.public), (1, short), (1, long), (4, short)):
        yield str(VerifierKey(name, kind, public))
    yield from (f"{name}+{key_id}+{other}" for other in otherwise(encoded))


def otherwise(encoded: str) -> Iterator[str]:
    """Other texts that a loose reader takes for the same base64."""
    yield from (f"{encoded}=", f"{encoded}\n", f" {encoded}", f"{encoded[:4]} {encoded[4:]}", f"{encoded}====", "é")
    yield encoded.replace("/", "_").replace("+", "-") if set("+/") & set(encoded) else f"{encoded}_"
    bare = encoded.rstrip("=")
    if bare != encoded:
        value = base64.b64decode(encoded)
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        spare = [bare[:-1] + letter + encoded[len(bare) :] for letter in letters]
        yield from (other for other in spare if other != encoded and base64.b64decode(other) == value)
        yield bare


@pytest.mark.parametrize("vkey", [*wrong_vkeys()], ids=ascii)
def test_a_vkey_that_is_not_to_the_letter_is_refused(vkey: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(vkey)


@pytest.mark.parametrize("line", [*map(str, COSIGNED.signatures), str(HEAD).split("\n")[2]])
def test_base64_has_one_spelling_in_a_note(line: str) -> None:
    encoded = line.rpartition(" ")[2]
    others = list(otherwise(encoded))
    assert len(others) > 7
    for other in others:
        with pytest.raises(NoteError):
            parse_note(str(COSIGNED).replace(encoded, other))
