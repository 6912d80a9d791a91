"""Reads the rules a station is configured with: its pack, its departments' packs, its rolls. Decides nothing."""

from station.config import PolicyConfig
from station.errors import WrongUseError
from station.policy.in_force import PackPolicy
from station.policy.rolls import Rolls
from station.signing.calendar_files import packaged_calendar
from station.signing.policy_packs import pack_in_force
from station.signing.rolls_files import read_roll_files


def policy_in_force(config: PolicyConfig, ca_pem: bytes, at_ms: int) -> PackPolicy:
    rolls = rolls_of(config)
    if unknown := [unit for unit in config.units if unit not in rolls.bodies]:
        raise WrongUseError(f"[policy.units] names {unknown[0]}, but no roll does; write the unit as the rolls have it")
    return PackPolicy(
        pack=pack_in_force(config.pack, ca_pem, at_ms),
        rolls=rolls,
        packs={unit: pack_in_force(named, ca_pem, at_ms) for unit, named in config.units.items()},
        former=tuple(pack_in_force(named, ca_pem, at_ms) for named in config.former),
        calendar=packaged_calendar(),
    )


def rolls_of(config: PolicyConfig) -> Rolls:
    """Empty where none are configured; RollsError with every fault."""
    if config.officers is None or config.cameras is None:
        return Rolls()
    return read_roll_files(config.officers, config.cameras, config.bodies)
