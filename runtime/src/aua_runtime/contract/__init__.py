"""Names and shapes that compiler and runtime share, one noun per module. No third-party imports here.

`headers` HTTP header names, `settings` what may change without a restart, `routes` the paths, `errors` the codes, `events` the streamed
events, `prices` what calls cost,
`notices` what webhooks tell, `metrics` and `labels` what is counted, `engine_metrics` what the engines export.
"""
