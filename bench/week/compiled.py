"""The deployment that is played: two routers that share their state, three models on one card, objectives."""

from pathlib import Path

from tests.compiling import aua

CONFIG = """\
config_version: "1.0"
project: {name: shop}
preset: coding
tier: single-4090
deploy: {replicas: 2}
state: {backend: postgres, dsn_secret: SHOP_DSN}
observability:
  metrics: {scrape_interval: 1m}
  slo: {availability: 0.995, latency: {within: 20s, target: 0.95}}
"""


def compiled(folder: Path) -> Path:
    """The folder that `aua compile` wrote."""
    (folder / "shop.yaml").write_text(CONFIG)
    aua("compile", "shop.yaml", within=folder).check_returncode()
    return folder / "deploy"
