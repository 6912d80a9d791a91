"""`dockward station run|check-config|show-config`: thin shell over station.assemble."""

import argparse
import asyncio
import os
import signal
import threading
from pathlib import Path

from hardware.wires import WireError
from station.assemble import put_together
from station.clock import SystemClock
from station.config import StationConfig, read_config
from station.config_file import config_text, read_file
from station.desk.visitors_here import open_visitors, require_readable
from station.errors import WireFailedError
from station.parts import trust_of
from station.running import run as run_station
from station.signing.signer_wire import RemoteSigner
from station.signing.stamps import read_authority
from station.store.at_rest import unsafe_folders
from station.views.words import at_rest_trouble

_ENDING_SECONDS_MAX = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "act",
        choices=["run", "check-config", "show-config"],
        help="work until stopped; say what is wrong with the configuration; print it as it is in force",
    )
    parser.add_argument("--config", type=Path, default=Path("/etc/dockward/station.toml"), help="station.toml")


def run(arguments: argparse.Namespace) -> int:
    config = read_config(arguments.config)
    match arguments.act:
        case "show-config":
            print(config_text(config))
        case "check-config":
            trust_of(config, RemoteSigner(Path(config.signer)))
            if config.stamps is not None:
                read_authority(read_file(config.stamps.ca))
            if config.desk is not None:
                require_readable(config.desk)
                open_visitors(config, SystemClock(lambda: False))
            print(f"{arguments.config}: good; {len(config.bays)} bays, origin {config.origin}")
            if unsafe := unsafe_folders(config):
                raise WireFailedError(at_rest_trouble(unsafe))
        case _:
            _work_or_say_what_is_missing(config)
    return 0


def _work_or_say_what_is_missing(config: StationConfig) -> None:
    try:
        asyncio.run(_work(config))
    except WireError as error:
        raise WireFailedError(str(error)) from error


async def _work(config: StationConfig) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with put_together(config) as station:
        try:
            await run_station(station, stop, lambda url: print(f"station status: {url}/", flush=True))
        finally:
            _end_soon()


def _end_soon() -> None:
    """Whatever a thread still waits for: the process ends, and systemd starts it anew. Being killed is safe."""
    last_resort = threading.Timer(_ENDING_SECONDS_MAX, os._exit, (1,))
    last_resort.daemon = True
    last_resort.start()
