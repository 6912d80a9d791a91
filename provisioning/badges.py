"""The agency's badge key, and what its roll keeps of one officer's badge and PIN. Asks nobody and prints nothing."""

import re
import secrets
from pathlib import Path

from hardware.badges.cards import Badge
from provisioning.new_folder import CLOSED_FOLDER, SECRET_FILE, new_folder, write_new
from station.errors import WrongUseError
from station.pages.kept_secret import SALT_BYTES
from station.pages.pins import Pin, keep
from station.policy.rolls import Credentials
from station.signing.badge_key import KEY_BYTES, BadgeKey, badge_key_line

_TYPED = re.compile(r"[0-9A-Fa-f]{10}")


def provision_badge_key(out: Path) -> Path:
    """`badge.key`, one for the whole agency: the path of the file."""
    with new_folder(out, CLOSED_FOLDER) as folder:
        write_new(folder / "badge.key", badge_key_line(secrets.token_bytes(KEY_BYTES)), SECRET_FILE)
    return out / "badge.key"


def typed_badge(typed: str) -> Badge:
    """WrongUseError that does not repeat what was typed."""
    if not _TYPED.fullmatch(typed.strip()):
        raise WrongUseError(
            "卡号须为 10 位十六进制数 / a badge's number is ten hex digits, as readers say it; or lay it on a reader"
        )
    return Badge(typed.strip().upper())


def credentials_for(key: BadgeKey, badge: Badge, pin: Pin) -> Credentials:
    """UnfitPinError where the PIN is too short or too plain."""
    return Credentials(key.digest(badge.number), keep(pin, secrets.token_bytes(SALT_BYTES), key.pin_key))
