"""Promise: signed notes are C2SP's, a note says what was signed or is refused, and openssl judges the same."""

import base64
from pathlib import Path

import pytest
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
from tests.note_keys import (
    AT_SECONDS,
    COSIGNED,
    HEAD,
    LOG,
    LOG_SECRET,
    OTHER_SECRET,
    SIGNED,
    WITNESS,
    WITNESS_SECRET,
    key,
)

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
    assert log_line.startswith("— dockward/110105/st-1/1 ")
    assert witness_line.startswith("— witness.example/w1 ")
    assert not end
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


NO_SIGNED_CHECKPOINTS = {
    "70000": ("070000", "+70000", "-70000", "7_0000", "٧", "1" * 17, "", "70000 ", "70000\nextension", "70000\r"),
    "dockward/110105/st-1/1\n": ("\n", "a b\n", "a+b\n", "a\u3000b\n", "a\tb\n", "\n\n", "a\r\n"),
    "Hh8=": ("Hg==", "Hh8fHh8=", "Hh8", ""),
    "\n\n": ("\n", "\n\n\n", "\n \n", "\r\n\r\n", "\n\nextension\n\n"),
    "— ": ("—", "—  ", "- ", "– ", " — ", ""),
    str(SIGNED.signatures[0]): ("", "— x", "— x AAAA", "— x AAAAAA==", "— x ", f"{SIGNED.signatures[0]}\n"),
}


@pytest.mark.parametrize(
    ("written", "otherwise"),
    [(written, other) for written, others in NO_SIGNED_CHECKPOINTS.items() for other in others],
    ids=ascii,
)
def test_what_is_no_signed_checkpoint_is_refused(written: str, otherwise: str) -> None:
    changed = str(SIGNED).replace(written, otherwise, 1)
    assert changed != str(SIGNED)
    with pytest.raises(NoteError):
        parse_note(changed)


def test_a_note_that_was_cut_is_refused() -> None:
    for cut in range(len(str(SIGNED))):
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
