"""The station's pages and API. Shows what views say; decides nothing and keeps nothing."""
