"""The technician's hands: an agency's certificate authority, and the keys and certificates of each machine."""
