"""The way to the registry: the journal over MQTT, recordings over HTTP. A reader with a cursor; decides nothing."""
