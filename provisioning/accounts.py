"""Accounts of one station's desk, as a technician gives and takes them. Asks nobody and prints nothing."""

import secrets
from pathlib import Path

import msgspec
from msgspec.structs import replace

from station.errors import WrongUseError
from station.pages.accounts import Account, AccountName, AccountsFile, known
from station.pages.kept_secret import SALT_BYTES
from station.pages.passwords import Password, keep


def give_account(data: Path, name: str, person: str, password: Password) -> None:
    """A new account, or a new password for the one there is, which is open again; never another person's account."""
    try:
        msgspec.convert(name, AccountName)
    except msgspec.ValidationError:
        raise WrongUseError(
            f"{name!r} is no account name: 3 to 32 of a-z, 0-9, dot, dash and underscore, a letter first"
        ) from None
    kept = keep(password, name, secrets.token_bytes(SALT_BYTES))

    def given(account: Account | None) -> Account:
        if account is not None and account.person != person:
            raise WrongUseError(f"{name} is the account of {account.person}; take another name")
        return Account(name, person, kept)

    AccountsFile(data).change(name, given)


def disable_account(data: Path, name: str) -> None:
    AccountsFile(data).change(name, lambda account: replace(known(account, name), disabled=True))
