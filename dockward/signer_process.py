"""`dockward signer run|public-keys`: thin shell over station.signer."""

import argparse
import asyncio
from pathlib import Path

from station.errors import WrongUseError
from station.signer import FileKeys, listen, serve
from station.signing.head_memory import HeadMemory
from station.signing.signer_wire import KeyUse, Signer
from station.signing.token import Token, TokenSession
from station.signing.token_keys import TokenKeys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "act",
        choices=["run", "public-keys"],
        help="answer public_key, sign and chain until stopped; write the token's public keys, for provisioning",
    )
    parser.add_argument("--keys", type=Path, required=True, help="folder with a <use>.pem each, mode 600")
    parser.add_argument("--socket", type=Path, help="run: Unix socket to answer on")
    parser.add_argument("--memory", type=Path, help="run: folder that remembers the newest head that was signed")
    parser.add_argument("--module", type=Path, help="PKCS#11 module (….so) of a token that has keys")
    parser.add_argument("--token", metavar="LABEL", help="the token's label")
    parser.add_argument("--pin", type=Path, help="file with the token's PIN")
    parser.add_argument(
        "--in-token", nargs="+", default=[], type=KeyUse, choices=list(KeyUse), help="which keys are in the token"
    )
    parser.add_argument("--out", type=Path, help="public-keys: a new folder for <use>.der")


def run(arguments: argparse.Namespace) -> int:
    keys = _keys(arguments)
    if arguments.act == "public-keys":
        _write_public_keys(keys, arguments)
        return 0
    if arguments.socket is None:
        raise WrongUseError("nobody could ask; name a socket: --socket PATH")
    asyncio.run(serve(listen(arguments.socket), keys))
    return 0


def _keys(arguments: argparse.Namespace) -> Signer:
    memory = None if arguments.memory is None else HeadMemory(arguments.memory)
    in_token = frozenset(arguments.in_token)
    named = [arguments.module is not None, arguments.token is not None, arguments.pin is not None, bool(in_token)]
    if any(named) != all(named):
        raise WrongUseError("--module, --token, --pin and --in-token go together; give all four, or none")
    files = FileKeys(arguments.keys, memory, in_token)
    if not in_token:
        return files
    if not arguments.module.is_file():
        raise WrongUseError(f"there is no module {arguments.module}; install the token's own package")
    session = TokenSession(Token(arguments.module, arguments.token, arguments.pin), in_token)
    print(
        f"in the token {arguments.token}: {' '.join(sorted(in_token))}; every other key in {arguments.keys}", flush=True
    )
    return TokenKeys(session, files, files.rules)


def _write_public_keys(keys: Signer, arguments: argparse.Namespace) -> None:
    if arguments.out is None or not arguments.in_token:
        raise WrongUseError("name a new folder and the keys: --out FOLDER --in-token evidence log")
    public = {use: keys.public_key(use) for use in arguments.in_token}
    arguments.out.mkdir()
    for use, encoded in public.items():
        (arguments.out / f"{use}.der").write_bytes(encoded)
    print(f"{arguments.out} is made; give it to: dockward provision station --public-keys {arguments.out}")
