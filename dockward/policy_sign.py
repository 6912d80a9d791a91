"""`dockward policy sign FILE`: checks a pack, then signs it with the agency's policy key. The pack stays as it is."""

import argparse
from pathlib import Path

from dockward.policy_check import check
from station.errors import WrongUseError
from station.signing.policy_packs import sign_pack


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pack", metavar="FILE", help="NAME.toml; its .sig and .pem are written beside it")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="policy.key of provision policy")
    parser.add_argument("--certificate", type=Path, required=True, metavar="FILE", help="policy.pem beside that key")


def run(arguments: argparse.Namespace) -> int:
    """A pack whose life is over may be signed, since its rules stay in force until replaced; but the signer is told."""
    if not arguments.pack.endswith(".toml"):
        raise WrongUseError(f"{arguments.pack} is no file NAME.toml; packaged packs need no signature")
    checked = check(arguments.pack, ca=None, on=None)
    print(*checked.all_problems, sep="\n", end="\n" if checked.all_problems else "")
    if checked.effective is None or checked.problems:
        print(f"{checked.pack}: 未签名 / not signed")
        return 1
    signature, certificate = sign_pack(
        Path(arguments.pack),
        checked.effective.top.text.encode(),
        arguments.key.read_bytes(),
        arguments.certificate.read_bytes(),
    )
    print(f"{checked.pack}: 已签名 / signed: {signature}, {certificate}")
    return 0
