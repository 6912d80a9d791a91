"""Joins this station's accounts, its roll and a lock-out of the desk's own to one question: who is this?"""

import ssl
from pathlib import Path

from station.clock import Clock
from station.config import DeskConfig, StationConfig
from station.errors import WrongUseError
from station.pages.accounts import AccountsFile
from station.pages.lock_out_file import lock_out_file
from station.pages.visitors import Visitors
from station.store.rules import rolls_of

LOCK_OUT = "desk-lock-out.json"


def open_visitors(config: StationConfig, clock: Clock) -> Visitors:
    """By the roll as it is at this start."""
    data = Path(config.data)
    return Visitors(AccountsFile(data), rolls_of(config.policy).officers, lock_out_file(data, LOCK_OUT), clock.stamp)


def require_readable(desk: DeskConfig) -> None:
    """WrongUseError where the certificate and its key cannot be served with."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(desk.certificate, desk.key)
    except (OSError, ssl.SSLError) as error:
        raise WrongUseError(
            f"the desk cannot be served with {desk.certificate} and {desk.key}: {error}; make both with dockward "
            "provision desk"
        ) from error
