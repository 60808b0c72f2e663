"""What a deployment tells about itself, as pure functions of its plan: scrape jobs, recording rules, alerts, panels, runbooks.

Targets write these down for Prometheus, for Grafana, for the Prometheus operator and for people. No other module spells a query.
"""
