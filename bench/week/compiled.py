"""The deployment that is played: two routers that share their state, three models on one card, objectives."""

import subprocess
import sys
from pathlib import Path

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

ENTRY = "from aua_compile.cli import main; main()"


def compiled(folder: Path) -> Path:
    """The folder that `aua compile` wrote."""
    (folder / "shop.yaml").write_text(CONFIG)
    subprocess.run((sys.executable, "-c", ENTRY, "compile", "shop.yaml"), cwd=folder, check=True, capture_output=True)
    return folder / "deploy"
