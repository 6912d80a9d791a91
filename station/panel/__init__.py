"""The screen at the dock: sets views into pictures, chooses whose turn it is, keeps the screen alive."""
