"""Finds pack files, checks the signatures of delivered ones, and stacks them. Packaged packs are trusted as code.

A delivered pack `NAME.toml` travels with `NAME.toml.sig` (ECDSA P-256/SHA-256, DER) and `NAME.toml.pem`, the
certificate of whoever signed: issued by the agency's CA for policy. What it stands on is looked for beside it, then
among the packaged ones; but nothing delivered passes for what comes with the software.
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
from station.signing.small_files import read_small

PACKAGED = Path(__file__).parent.parent / "policy" / "packs"
ARTICLES = PACKAGED.parent / "articles.toml"
PACK_BYTES_MAX = 1 << 20
SIGNATURE_BYTES_MAX = 1 << 16


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


def delivered(chain: Sequence[Pack]) -> tuple[Pack, ...]:
    """Those of a chain that did not come with the software."""
    return tuple(pack for pack in chain if Path(pack.file).parent != PACKAGED)


def _packaged(name: str) -> Pack:
    path = PACKAGED / f"{name.split('@', maxsplit=1)[0]}.toml"
    if not path.is_file():
        raise PackError(f"there is no packaged pack {name}; there are {', '.join(packaged_names())}")
    pack = read_pack_file(path)
    if name not in {pack.id, pack.name}:
        raise PackError(f"there is no packaged pack {name}; there is {pack.name}")
    return pack


def pack_in_force(named: str, ca_pem: bytes, at_ms: int) -> EffectivePack:
    """As configurations name it: a packaged locality by its id, or the path of a delivered file (`….toml`)."""
    pack = delivered_pack(Path(named), ca_pem, at_ms) if named.endswith(".toml") else packaged_pack(named)
    if pack.top.kind == "defaults":
        raise PackError(f"{named}: the defaults alone are nobody's rules; name the pack of a locality")
    return pack


def delivered_pack(path: Path, ca_pem: bytes, at_ms: int) -> EffectivePack:
    """From a file whose signature holds; everything it stands on outside the package must be signed as well."""

    def read(file: Path) -> Pack:
        if file.parent == PACKAGED:
            return read_pack_file(file)
        content = _content(file)
        require_signed(file, content, ca_pem, at_ms)
        return _parsed(file, content)

    return stack(chain_of(read(path), (path.parent, PACKAGED), read))


def require_signed(path: Path, content: bytes, ca_pem: bytes, at_ms: int) -> None:
    """Of the content that will be used, not of the file, which may be another by then."""
    try:
        signature, signer = (read_small(Path(f"{path}{suffix}"), SIGNATURE_BYTES_MAX) for suffix in (".sig", ".pem"))
        certificate = require_issued(signer, ca_pem, POLICY, None, at_ms)
        verify_evidence(certificate, signature, content)
    except (OSError, RefusedError) as error:
        raise PackError(f"{path}: SIGNATURE_INVALID: {error}") from error


def sign_pack(path: Path, content: bytes, key_pem: bytes, certificate_pem: bytes) -> tuple[Path, Path]:
    """Writes `PATH.sig` and `PATH.pem` of checked content; replaces what stood there. Wrong keys write nothing."""
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
    except (ValueError, TypeError) as error:
        raise WrongUseError(f"the key is no unencrypted private key in PEM: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise WrongUseError("the key is no P-256 key; make one with dockward provision policy")
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
    for one in delivered(chain):
        _require_own_name(one)
    return tuple(reversed(chain))


def _require_own_name(pack: Pack) -> None:
    """Facts name the pack that judged them, and everything may be looser than other defaults."""
    if pack.kind == "defaults":
        raise PackError(f"{pack.where('kind')}: the defaults come with the software; a pack stands on those")
    packaged = PACKAGED / f"{pack.id}.toml"
    if packaged.is_file() and (known := read_pack_file(packaged)).name == pack.name and known.text != pack.text:
        raise PackError(f"{pack.where('id')}: {pack.name} is another pack, of the software; take another id or version")


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
        return read_small(path, PACK_BYTES_MAX)
    except OSError as error:
        raise PackError(f"{path}: cannot be read: {error.strerror}") from error


def _parsed(path: Path, content: bytes) -> Pack:
    try:
        return read_pack(content.decode(), str(path))
    except UnicodeDecodeError as error:
        raise PackError(f"{path}: not UTF-8 text: {error.reason}") from error
