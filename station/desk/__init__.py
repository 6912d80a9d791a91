"""People's work: taking a camera and bringing it back. Asks policy through the clerk; decides nothing itself."""
