"""Promise: signed notes are C2SP's, a note says what was signed or is refused, and openssl judges the same."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from station.journal.notes import (
    LOG_KEY,
    WITNESS_KEY,
    Checkpoint,
    Note,
    NoteError,
    NoteSignature,
    VerifierKey,
    cosign,
    parse_checkpoint,
    parse_note,
    sign_checkpoint,
)
from tests import openssl

LOG_SECRET, WITNESS_SECRET, OTHER_SECRET = (Ed25519PrivateKey.from_private_bytes(bytes([i]) * 32) for i in range(3))
HEAD = Checkpoint("dockward/110105/st-1/1", 70_000, bytes(range(32)))
AT_SECONDS = 1_795_219_200


def key(name: str, kind: int, secret: Ed25519PrivateKey) -> VerifierKey:
    return VerifierKey(name, kind, secret.public_key().public_bytes_raw())


LOG = key(HEAD.origin, LOG_KEY, LOG_SECRET)
WITNESS = key("witness.example/w1", WITNESS_KEY, WITNESS_SECRET)
SIGNED = sign_checkpoint(HEAD, LOG, LOG_SECRET.sign)
COSIGNED = SIGNED.with_signatures(cosign(HEAD, WITNESS, AT_SECONDS, WITNESS_SECRET.sign))

names = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="+"), min_size=1, max_size=30)
checkpoints = st.builds(Checkpoint, names, st.integers(0, 10**16 - 1), st.binary(min_size=32, max_size=32))


def material(line: NoteSignature) -> bytes:
    """Key id and signature, as the bytes of the note say."""
    return base64.b64decode(str(line).rpartition(" ")[2])


@given(checkpoints)
def test_a_checkpoint_is_read_back_as_it_was_written(head: Checkpoint) -> None:
    assert str(head) == f"{head.origin}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"
    assert parse_checkpoint(str(head)) == head


@given(checkpoints, names, st.integers(0, 2**64 - 1))
def test_a_signed_and_cosigned_note_is_read_back_and_both_keys_signed(head: Checkpoint, witness: str, at: int) -> None:
    log_key, witness_key = key(head.origin, LOG_KEY, LOG_SECRET), key(witness, WITNESS_KEY, WITNESS_SECRET)
    note = sign_checkpoint(head, log_key, LOG_SECRET.sign)
    note = note.with_signatures(cosign(head, witness_key, at, WITNESS_SECRET.sign))
    read = parse_note(str(note))
    assert read == note
    assert read.checkpoint == head
    assert read.signed_by(log_key)
    assert read.signed_by(witness_key)
    strangers = (key(head.origin, LOG_KEY, OTHER_SECRET), key(witness, LOG_KEY, WITNESS_SECRET))
    assert not any(map(read.signed_by, (*strangers, key(f"{head.origin}x", LOG_KEY, LOG_SECRET))))


def test_the_bytes_of_a_note_are_those_of_the_specifications() -> None:
    text, blank, lines = str(COSIGNED).partition("\n\n")
    assert blank
    assert text == "dockward/110105/st-1/1\n70000\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    log_line, witness_line, end = lines.split("\n")
    assert (
        log_line.startswith("— dockward/110105/st-1/1 "),
        witness_line.startswith("— witness.example/w1 "),
        end,
    ) == (
        True,
        True,
        "",
    )
    log_id, signature = material(COSIGNED.signatures[0])[:4], material(COSIGNED.signatures[0])[4:]
    assert str(LOG) == f"{HEAD.origin}+{log_id.hex()}+{base64.b64encode(bytes([1]) + LOG.public).decode()}"
    LOG_SECRET.public_key().verify(signature, f"{text}\n".encode())
    cosignature = material(COSIGNED.signatures[1])
    assert cosignature[4:12] == AT_SECONDS.to_bytes(8, "big")
    WITNESS_SECRET.public_key().verify(cosignature[12:], f"cosignature/v1\ntime {AT_SECONDS}\n{text}\n".encode())


def test_openssl_verifies_the_log_signature_and_the_cosignature(tmp_path: Path) -> None:
    text = str(COSIGNED).partition("\n\n")[0].encode() + b"\n"
    log_line, witness_line = map(material, COSIGNED.signatures)
    seen = b"cosignature/v1\ntime 1795219200\n" + text
    log_der, witness_der = openssl.ed25519_der(LOG.public), openssl.ed25519_der(WITNESS.public)
    assert openssl.holds_ed25519(log_der, text, log_line[4:], tmp_path)
    assert openssl.holds_ed25519(witness_der, seen, witness_line[12:], tmp_path)
    assert not openssl.holds_ed25519(witness_der, text, witness_line[12:], tmp_path)
    assert not openssl.holds_ed25519(log_der, text.replace(b"70000", b"70001"), log_line[4:], tmp_path)


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
    yield from (
        "",
        "+",
        "++",
        name,
        f"{name}+{key_id}",
        f"+{key_id}+{encoded}",
        f"{name}+{key_id}+",
        f"{name}++{encoded}",
    )
    yield from (f"{name}x+{key_id}+{encoded}", f"{name}+{key_id.upper()}+{encoded}", f"{name}+{key_id}0+{encoded}")
    for at in range(len(key_id)):
        yield f"{name}+{key_id[:at]}{'0' if key_id[at] != '0' else '1'}{key_id[at + 1 :]}+{encoded}"
    for kind, public in (
        (0, LOG.public),
        (2, LOG.public),
        (5, LOG.public),
        (1, LOG.public[1:]),
        (1, LOG.public + b"\0"),
    ):
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


@pytest.mark.parametrize("vkey", wrong_vkeys(), ids=ascii)
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


def test_no_single_byte_of_a_note_can_be_changed_unseen() -> None:
    note = str(COSIGNED).encode()
    for at in range(len(note)):
        for byte in range(256):
            if byte != note[at]:
                assert not both_signed(note[:at] + bytes([byte]) + note[at + 1 :]), (at, byte)
        assert not both_signed(note[:at] + note[at + 1 :]), at
    assert both_signed(note)


def both_signed(written: bytes) -> bool:
    try:
        note = parse_note(written.decode())
        return note.signed_by(LOG) and note.signed_by(WITNESS)
    except (NoteError, UnicodeDecodeError):
        return False


def test_signatures_by_unknown_keys_are_ignored() -> None:
    strangers = [NoteSignature(f"stranger-{i}", bytes([0, 0, 0, i]), bytes(i)) for i in range(1, 40)]
    other_id = NoteSignature(LOG.name, bytes(4), b"not checked")
    note = parse_note(str(SIGNED.with_signatures(*strangers, other_id, *COSIGNED.signatures)))
    assert len(note.signatures) == 42
    assert note.signed_by(LOG)
    assert note.signed_by(WITNESS)
    assert not note.signed_by(key("nobody", LOG_KEY, OTHER_SECRET))


@pytest.mark.parametrize("spoiled", [LOG, WITNESS], ids=["log", "witness"])
@pytest.mark.parametrize("length", [1, 7, 8, 9, 63, 64, 65, 71, 72, 73])
def test_a_bad_signature_under_a_known_key_spoils_the_note(spoiled: VerifierKey, length: int) -> None:
    bad = NoteSignature(spoiled.name, spoiled.id, bytes(length))
    note = parse_note(str(COSIGNED.with_signatures(bad)))
    with pytest.raises(NoteError, match="does not hold"):
        note.signed_by(spoiled)
    assert note.signed_by(WITNESS if spoiled is LOG else LOG)


def test_a_signature_is_only_good_for_its_text_and_its_use() -> None:
    moved = Note(Checkpoint(HEAD.origin, HEAD.size + 1, HEAD.root), COSIGNED.signatures)
    as_witness = key(HEAD.origin, WITNESS_KEY, LOG_SECRET)
    crossed = NoteSignature(as_witness.name, as_witness.id, bytes(8) + SIGNED.signatures[0].signature)
    for note, signer in ((moved, LOG), (moved, WITNESS), (Note(HEAD, (crossed,)), as_witness)):
        with pytest.raises(NoteError):
            note.signed_by(signer)


def test_the_same_signature_is_kept_once() -> None:
    assert COSIGNED.with_signatures(*COSIGNED.signatures) == COSIGNED
    twice = Note(HEAD, COSIGNED.signatures * 2)
    assert parse_note(str(twice)).signed_by(LOG)


@pytest.mark.parametrize(
    ("written", "otherwise"),
    [
        ("\n70000\n", f"\n{other}\n")
        for other in ("070000", "+70000", "-70000", "7_0000", "٧", "1" * 17, "", "70000 ", "70000\nextension")
    ]
    + [
        ("dockward/110105/st-1/1\n70000", other + "\n70000")
        for other in ("", "a b", "a+b", "a\u3000b", "a\tb", "\n", "dockward/110105/st-1/1\r")
    ]
    + [("\n\n", other) for other in ("\n", "\n\n\n", "\n \n", "\r\n\r\n", "\n\nextension\n\n")]
    + [("— ", other) for other in ("—", "—  ", "- ", "– ", " — ", "")]
    + [
        (str(SIGNED.signatures[0]), other)
        for other in ("", "— x", "— x AAAA", "— x AAAAAA==", "— x ", "\n— x AAAAAAA=")
    ]
    + [("HR4fH", "HR4f"), ("AAEC", "AAECAAEC")],
    ids=ascii,
)
def test_what_is_no_signed_checkpoint_is_refused(written: str, otherwise: str) -> None:
    changed = str(SIGNED).replace(written, otherwise, 1)
    assert changed != str(SIGNED)
    with pytest.raises(NoteError):
        parse_note(changed)


@pytest.mark.parametrize("cut", range(len(str(SIGNED))))
def test_a_note_that_was_cut_is_refused(cut: int) -> None:
    with pytest.raises(NoteError):
        parse_note(str(SIGNED)[:cut])


def test_the_text_of_a_note_ends_at_its_last_blank_line() -> None:
    """A note inside a note: what the inner one says is text, and no checkpoint."""
    inner = str(SIGNED)
    with pytest.raises(NoteError, match="not a checkpoint"):
        parse_note(f"{inner}\n{COSIGNED.signatures[1]}\n")
    with pytest.raises(NoteError):
        parse_note(f"{inner}\n")


def test_an_endless_note_is_refused() -> None:
    many = [NoteSignature("s", i.to_bytes(4, "big"), b"x") for i in range(2_000)]
    with pytest.raises(NoteError, match="longer"):
        parse_note(str(SIGNED.with_signatures(*many)))
    assert not re.search(r"\s\n", str(SIGNED.with_signatures(*many)))
