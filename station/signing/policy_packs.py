"""Finds pack files, checks the signatures of delivered ones, and stacks them. Packaged packs are trusted as code.

A delivered pack `NAME.toml` travels with `NAME.toml.sig` (ECDSA P-256/SHA-256, DER) and `NAME.toml.pem`, the
certificate of whoever signed: issued by the agency's CA for policy. What it stands on is looked for beside it, then
among the packaged ones.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from station.durable import write_file
from station.errors import RefusedError, WrongUseError
from station.policy.articles import Article, read_articles
from station.policy.effective import EffectivePack, stack
from station.policy.pack import Pack, PackError, read_pack
from station.signing.certificates import POLICY, require_issued, require_role, verify_evidence

PACKAGED = Path(__file__).parent.parent / "policy" / "packs"
ARTICLES = PACKAGED.parent / "articles.toml"
PACK_BYTES_MAX = 1 << 20


def packaged_names() -> tuple[str, ...]:
    """Localities that come with the software."""
    packs = (read_pack_file(path) for path in sorted(PACKAGED.glob("*.toml")))
    return tuple(pack.id for pack in packs if pack.kind == "locality")


@functools.cache
def packaged_pack(name: str) -> EffectivePack:
    """By its id (`yinchuan`) or id and version (`yinchuan@1`)."""
    return stack(chain_of(_packaged(name), (PACKAGED,)))


def packaged_articles() -> Mapping[str, Article]:
    return read_articles(ARTICLES.read_text(encoding="utf-8"))


def chain_named(word: str) -> tuple[Pack, ...]:
    """A packaged pack by its id, or a file `NAME.toml`, and all it stands on, lowest first. No signature is checked."""
    if not word.endswith(".toml"):
        return chain_of(_packaged(word), (PACKAGED,))
    path = Path(word)
    return chain_of(read_pack_file(path), (path.parent, PACKAGED))


def delivered(chain: Sequence[Pack]) -> tuple[Path, ...]:
    """The files of a chain that did not come with the software."""
    return tuple(path for pack in chain if (path := Path(pack.file)).parent != PACKAGED)


def _packaged(name: str) -> Pack:
    path = PACKAGED / f"{name.split('@', maxsplit=1)[0]}.toml"
    if not path.is_file():
        raise PackError(f"there is no packaged pack {name}; there are {', '.join(packaged_names())}")
    pack = read_pack_file(path)
    if name not in {pack.id, pack.name}:
        raise PackError(f"there is no packaged pack {name}; there is {pack.name}")
    return pack


def delivered_pack(path: Path, ca_pem: bytes, at_ms: int) -> EffectivePack:
    """From a file whose signature holds; everything it stands on outside the package must be signed as well."""

    def read(file: Path) -> Pack:
        if file.parent == PACKAGED:
            return read_pack_file(file)
        content = _content(file)
        _require_signed(file, content, ca_pem, at_ms)
        return _parsed(file, content)

    return stack(chain_of(read(path), (path.parent, PACKAGED), read))


def require_signed(path: Path, ca_pem: bytes, at_ms: int) -> None:
    _require_signed(path, _content(path), ca_pem, at_ms)


def _require_signed(path: Path, content: bytes, ca_pem: bytes, at_ms: int) -> None:
    try:
        signature, signer = (Path(f"{path}{suffix}").read_bytes() for suffix in (".sig", ".pem"))
        certificate = require_issued(signer, ca_pem, POLICY, None, at_ms)
        verify_evidence(certificate, signature, content)
    except (OSError, RefusedError) as error:
        raise PackError(f"{path}: SIGNATURE_INVALID: {error}") from error


def sign_pack(path: Path, key_pem: bytes, certificate_pem: bytes) -> tuple[Path, Path]:
    """Writes `PATH.sig` and `PATH.pem` beside it; what stood there before is replaced. Wrong keys write nothing."""
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
    except (ValueError, TypeError) as error:
        raise WrongUseError(f"the key is no unencrypted private key in PEM: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise WrongUseError("the key is no P-256 key; make one with dockward provision policy")
    content = _content(path)
    signature = key.sign(content, ec.ECDSA(hashes.SHA256()))
    verify_evidence(require_role(certificate_pem, POLICY), signature, content)
    beside = Path(f"{path}.sig"), Path(f"{path}.pem")
    for file, words in zip(beside, (signature, certificate_pem), strict=True):
        write_file(file, (words,))
    return beside


def chain_of(pack: Pack, folders: Sequence[Path], read: "Callable[[Path], Pack] | None" = None) -> tuple[Pack, ...]:
    """The pack and everything it stands on, lowest first."""
    chain = [pack]
    while (below := chain[-1].extends or chain[-1].defaults) is not None:
        if any(below == known.name for known in chain):
            raise PackError(f"{chain[-1].where('extends')}: stands on itself")
        chain.append(_found(below, chain[-1], folders, read or read_pack_file))
    return tuple(reversed(chain))


def _found(name: str, above: Pack, folders: Sequence[Path], read: Callable[[Path], Pack]) -> Pack:
    identifier = name.split("@", maxsplit=1)[0]
    for folder in folders:
        path = folder / f"{identifier}.toml"
        if path.is_file():
            pack = read(path)
            if pack.name == name:
                return pack
    raise PackError(f"{above.where('extends' if above.extends else 'defaults')}: {name} is not there")


def read_pack_file(path: Path) -> Pack:
    return _parsed(path, _content(path))


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PackError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > PACK_BYTES_MAX:
        raise PackError(f"{path}: larger than {PACK_BYTES_MAX} bytes: no pack")
    return content


def _parsed(path: Path, content: bytes) -> Pack:
    try:
        return read_pack(content.decode(), str(path))
    except UnicodeDecodeError as error:
        raise PackError(f"{path}: not UTF-8 text: {error.reason}") from error
