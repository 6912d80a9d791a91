"""The central side. So far it can witness a journal; it has no server yet."""
