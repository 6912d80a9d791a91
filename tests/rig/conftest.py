"""The tests of the emulated machine run inside it, by `make rig`; elsewhere nothing is there to speak to. Has none."""

collect_ignore = ["guest", "pi"]
