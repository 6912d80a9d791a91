"""Reads the rules a station is configured with: its pack, its departments' packs, its rolls. Decides nothing."""

from pathlib import Path

from station.config import PolicyConfig
from station.policy.effective import EffectivePack
from station.policy.in_force import PackPolicy
from station.policy.rolls import Rolls
from station.policy.rolls_csv import read_rolls
from station.signing.policy_packs import delivered_pack, packaged_pack
from station.signing.rolls_files import roll_text


def policy_in_force(config: PolicyConfig, ca_pem: bytes, at_ms: int) -> PackPolicy:
    def pack(named: str) -> EffectivePack:
        if named.endswith(".toml"):
            return delivered_pack(Path(named), ca_pem, at_ms)
        return packaged_pack(named)

    return PackPolicy(
        pack=pack(config.pack),
        rolls=_rolls(config),
        packs={unit: pack(named) for unit, named in config.units.items()},
        former=tuple(map(pack, config.former)),
    )


def _rolls(config: PolicyConfig) -> Rolls:
    if config.officers is None or config.cameras is None:
        return Rolls()
    bodies = roll_text(Path(config.bodies)) if config.bodies else None
    return read_rolls(roll_text(Path(config.officers)), roll_text(Path(config.cameras)), bodies)
