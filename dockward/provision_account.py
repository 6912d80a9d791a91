"""`dockward provision account`: who signs in at a station's desk, and by which name. Shows no password."""

import argparse
import getpass
import json
import os
from pathlib import Path

from provisioning.accounts import disable_account, give_account
from station.config import read_config
from station.errors import WrongUseError
from station.pages.passwords import Password
from station.store.rules import rolls_of


def add_arguments(account: argparse.ArgumentParser) -> None:
    account.add_argument("--config", type=Path, default=Path("/etc/dockward/station.toml"), help="station.toml")
    account.add_argument("--name", required=True, help="what is typed to sign in: 3 to 32 of a-z, 0-9, dot and dashes")
    does = account.add_mutually_exclusive_group(required=True)
    does.add_argument("--person", help="id in the roll of officers; whoever has the account gets a new password")
    does.add_argument("--disable", action="store_true", help="nobody signs in by it, and whoever did is signed out")
    account.add_argument("--json", action="store_true", help="print what was done as JSON")


def run(arguments: argparse.Namespace) -> int:
    config = read_config(arguments.config)
    data = Path(config.data)
    _require_its_owner(data)
    if arguments.disable:
        disable_account(data, arguments.name)
    else:
        person = rolls_of(config.policy).officers.get(arguments.person)
        if person is None:
            raise WrongUseError(f"no officer of the roll has the id {arguments.person}; add the person there first")
        give_account(data, arguments.name, person.id, _first_password())
    done = {"account": arguments.name, "person": arguments.person, "disabled": arguments.disable}
    if arguments.json:
        print(json.dumps(done, ensure_ascii=False))
    elif arguments.disable:
        print(f"{arguments.name} 已停用，立即生效 / is disabled, from now on")
    else:
        print(f"{arguments.name} 可以登录，首次登录须修改密码 / can sign in, and must choose another password first")
    return 0


def _first_password() -> Password:
    password = Password(getpass.getpass("初始密码（至少 10 个字符）/ first password, 10 characters or more: "))
    if password != Password(getpass.getpass("再输一次 / once more: ")):
        raise WrongUseError("两次输入不同，请重来 / the two are not the same; do it again")
    return password


def _require_its_owner(data: Path) -> None:
    """Another user's file would be one that the station cannot read."""
    if not data.is_dir():
        raise WrongUseError(f"{data} is not there; start the station once, then make accounts")
    if data.stat().st_uid != os.geteuid():
        raise WrongUseError(f"{data} is the station's own user's; run sudo -u dockward dockward provision account …")
