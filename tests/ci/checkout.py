"""What CI finds: this repository as a clone without what only its own tests need, and a project with a committed deployment."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.tools import ROOT

CONFIG = """\
config_version: "1.0"
project: {name: shop}
fields: [software_engineering]
specialists: [{name: swe, field: software_engineering, model: qwen-coder-7b-awq}]
arbiter: {enabled: false}
targets: [compose]
deploy: {images: {router: "registry.example.org/shop/router:1"}}
"""
COMPOSE = "deploy/compose/compose.yaml"

_LEFT_OUT = ("bench/", "docs/", "golden/", "tests/", "runtime/tests/")


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, as nobody in particular and without a person's settings."""
    nobody = {f"GIT_{who}_{what}": "nobody@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    ran = subprocess.run(("git", *words), cwd=folder, env={**os.environ, **nobody, **settings}, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def clone(folder: Path) -> Path:
    """The checkout, changes that are not committed yet included, as a repository of its own with one commit."""
    for name in git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        if not name.startswith(_LEFT_OUT) and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return committed(folder)


def committed(folder: Path) -> Path:
    """A folder with all that it holds committed."""
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All")
    return folder


def edit(folder: Path) -> None:
    """What the check is to find: an edit by hand."""
    file = folder / COMPOSE
    text = file.read_text(encoding="utf-8")
    assert "restart: unless-stopped" in text
    file.write_text(text.replace("restart: unless-stopped", "restart: always", 1), encoding="utf-8")
