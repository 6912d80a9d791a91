"""The other end of each wire, good enough for demos and fast tests. A dock is a folder; see `dock`."""
