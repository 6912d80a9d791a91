"""The appliance at the dock. Imports between its rooms run one way; see docs/decisions/0001-rooms.md."""
