"""Signatures judged by the openssl program, from nothing but files: no code of ours in between."""

import subprocess
from pathlib import Path

_ED25519_DER = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in SubjectPublicKeyInfo (RFC 8410)."""


def ed25519_der(public: bytes) -> bytes:
    return _ED25519_DER + public


def holds_ed25519(der: bytes, message: bytes, signature: bytes, folder: Path) -> bool:
    key, text, signed = _files(folder, der, message, signature)
    verify = ["pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", key]
    return _says([*verify, "-in", text, "-sigfile", signed], "Signature Verified Successfully")


def holds_ecdsa(der: bytes, message: bytes, signature: bytes, folder: Path) -> bool:
    key, text, signed = _files(folder, der, message, signature)
    verify = ["dgst", "-sha256", "-keyform", "DER", "-verify", key]
    return _says([*verify, "-signature", signed, text], "Verified OK")


def describe_key(der: bytes) -> str:
    read = ["openssl", "pkey", "-pubin", "-inform", "DER", "-noout", "-text_pub"]
    return subprocess.run(read, input=der, capture_output=True, check=True).stdout.decode()


def _files(folder: Path, *contents: bytes) -> list[str]:
    paths = [folder / name for name in ("key.der", "message", "signature")]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return [str(path) for path in paths]


def _says(words: list[str], yes: str) -> bool:
    done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (yes in done.stdout), done
    return done.returncode == 0
