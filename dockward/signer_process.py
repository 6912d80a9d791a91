"""`dockward signer run`: thin shell over station.signer."""

import argparse
import asyncio
from pathlib import Path

from station.signer import FileKeys, listen, serve


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("act", choices=["run"], help="answer public_key, sign and chain until stopped")
    parser.add_argument("--keys", type=Path, required=True, help="folder with a <use>.pem each, mode 600")
    parser.add_argument("--socket", type=Path, required=True, help="Unix socket to answer on")


def run(arguments: argparse.Namespace) -> int:
    keys = FileKeys(arguments.keys)
    asyncio.run(serve(listen(arguments.socket), keys))
    return 0
