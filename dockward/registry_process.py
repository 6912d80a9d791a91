"""`dockward registry run|check-config|show-config`: thin shell over registry.assemble."""

import argparse
import asyncio
import signal
from pathlib import Path

from registry.assemble import put_together, witness_key
from registry.assemble import run as run_registry
from registry.config import RegistryConfig, read_config
from registry.enrolments import Enrolments
from station.clock import SystemClock
from station.config_file import config_text
from station.signing.signer_wire import RemoteSigner


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "act",
        choices=["run", "check-config", "show-config"],
        help="work until stopped; say what is wrong with the configuration; print it as it is in force",
    )
    parser.add_argument("--config", type=Path, default=Path("/etc/dockward/registry.toml"), help="registry.toml")


def run(arguments: argparse.Namespace) -> int:
    config = read_config(arguments.config)
    match arguments.act:
        case "show-config":
            print(config_text(config))
        case "check-config":
            witness_key(config, RemoteSigner(Path(config.signer)))
            enrolled = Enrolments(Path(config.stations)).every()
            print(f"{arguments.config}: good; {len(enrolled)} stations enrolled")
        case _:
            asyncio.run(_work(config))
    return 0


async def _work(config: RegistryConfig) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    # Its own knowledge of the time is never written down; stations judge theirs.
    clock = SystemClock(lambda: False)
    with put_together(config, RemoteSigner(Path(config.signer)), clock) as registry:
        await run_registry(registry, stop, lambda what, url: print(f"registry {what}: {url}/", flush=True))
