"""The central side: witnesses journals, keeps recordings, answers receipts, shows the fleet. Judges no custody anew."""
