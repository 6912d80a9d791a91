"""What the roll keeps of a badge and a PIN: two shapes, and never the number or the PIN themselves."""

import re

BADGE_DIGEST = re.compile(r"b-[0-9a-f]{32}")
"""Never all digits: a spreadsheet would make a quantity of it."""
ARGON2_MEMORY_KIB = 19 * 1_024
ARGON2_PASSES = 2
ARGON2_LANES = 1
PIN_PREFIX = f"$argon2id$v=19$m={ARGON2_MEMORY_KIB},t={ARGON2_PASSES},p={ARGON2_LANES}$"
KEPT_PIN = re.compile(re.escape(PIN_PREFIX) + r"[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}")
"""No weaker hash than ours: whatever else a roll asks for is not done."""
