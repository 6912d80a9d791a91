"""Badges as bytes and values: what readers say, and which cards there are. No wire, clock or file inside."""
