"""The way to a model server: `protocol` says what it has to do, `pool` does it over HTTP/1.1."""
