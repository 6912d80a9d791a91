"""Signatures: how keys are asked for them. Statements, receipts and packs come to this room with the camera's visit."""
