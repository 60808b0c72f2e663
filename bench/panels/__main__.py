"""`python -m bench.panels FOLDER`: every panel of every dashboard as a picture, of what a real Prometheus saw of a deployment under load.

Takes about two and a half minutes. Ends with 1 and names the panels if one that says nothing of being empty has no series.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.panels import draw
from bench.panels.deployment import running
from bench.panels.load import under_load
from bench.panels.series import Series, Source

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.panels", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the pictures go: SVG, and PNG where a Chromium is installed")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work, running(Path(work) / "project") as deployment:
        pages = [json.loads(path.read_text()) for path in sorted((deployment.folder / "grafana" / "dashboards").glob("*.json"))]
        start_s = time.time()
        with under_load(deployment):
            source = Source(deployment.prometheus, start_s, time.time())
            seen = [(page, {panel["id"]: source.ask(panel) for panel in page["panels"] if panel["type"] != "row"}) for page in pages]
    for page, found in seen:
        path = folder / f"{page['uid']}.svg"
        path.write_text(draw.page(page, found, source.start_s, source.end_s))
        _as_png(path)
    return _told(seen)


def _told(seen: list[tuple[dict[str, object], dict[int, list[Series]]]]) -> int:
    """Say what has no series; the exit code."""
    bare = list(draw.empty(seen))
    series = sum(len(found) for _, panels in seen for found in panels.values())
    print(f"{sum(len(panels) for _, panels in seen)} panels, {series} series.")
    for name in bare:
        print(f"No series: {name}", file=sys.stderr)
    return int(bool(bare))


def _as_png(path: Path) -> None:
    """The same picture as PNG, if there is a browser to draw it."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        return
    head = path.read_text()[:200]
    width, height = (head.partition(f'{side}="')[2].partition('"')[0] for side in ("width", "height"))
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={width},{height}")
    subprocess.run(
        (browser, *options, f"--screenshot={path.with_suffix('.png')}", path.resolve().as_uri()),
        capture_output=True,
        timeout=60,
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main())
