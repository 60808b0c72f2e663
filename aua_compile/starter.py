"""The files that a new project begins with, and how each meets one that is there already. Writing them is `aua init`'s part."""

from typing import Literal

from aua_compile.artifact import Artifact
from aua_compile.frozen import dataclass
from aua_compile.modeline import MODELINE, SCHEMA_FILE
from aua_compile.render import to_yaml

CONFIG = "aua.yaml"
CI_FILES = {"github": ".github/workflows/aua.yml", "gitlab": ".gitlab-ci.yml"}

Ci = Literal["github", "gitlab", "none"]
Meeting = Literal["keep", "amend", "replace"]
"""What happens to a file that is there: it stays as it is, gets the lines that it lacks, or is ours to write anew."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a new project is to be."""

    name: str
    preset: str
    tier: str
    ci: Ci = "none"
    git: bool = True


@dataclass(frozen=True, slots=True)
class StarterFile:
    """A file of a new project."""

    artifact: Artifact
    meeting: Meeting


def starter_files(start: Start, schema: str) -> tuple[StarterFile, ...]:
    """All files of a new project; `schema` is the text of the config's schema, for editors."""
    files = [StarterFile(Artifact(CONFIG, config_text(start)), "keep"), StarterFile(Artifact(SCHEMA_FILE, schema), "replace")]
    if start.git:
        files += [StarterFile(Artifact(".gitignore", IGNORED), "amend"), StarterFile(Artifact(".gitattributes", GENERATED), "amend")]
    if start.ci != "none":
        files.append(StarterFile(Artifact(CI_FILES[start.ci], GITHUB if start.ci == "github" else GITLAB), "keep"))
    return tuple(files)


def config_text(start: Start) -> str:
    """The config, with a word on each line that a user changes first."""
    return f"""\
{MODELINE}
# What is deployed. `aua plan {CONFIG}` shows what it comes to; `aua explain KEY` says what a key means.
config_version: "1.0"
project:
  {to_yaml({"name": start.name}).rstrip()}
# What to run: fields, models, thresholds. All of them: aua presets list
preset: {start.preset}
# Where it runs. All of them: aua tiers list
tier: {start.tier}
# How strict the checks are: local-dev, workstation, team, enterprise.
profile: local-dev
# To ask clients for a key, name the environment variable that holds it:
# api: {{api_key_secret: AUA_API_KEY}}
"""


def amended(text: str, wanted: str) -> str:
    r"""A file with the lines that it lacks put at its end; its own stay as they are, line ends included.

    >>> amended("*.pyc", ".env\n*.pyc\n")
    '*.pyc\n.env\n'
    """
    end = "\r\n" if "\r\n" in text else "\n"
    have = {line.strip() for line in text.splitlines()}
    lacking = [line for line in wanted.splitlines() if line not in have]
    if not lacking:
        return text
    joint = "" if not text or text.endswith("\n") else end
    return text + joint + "".join(line + end for line in lacking)


IGNORED = """\
.env
state/
"""
"""Secrets of compose, and what a router that runs without containers records."""

GENERATED = """\
deploy/** linguist-generated
.aua/** linguist-generated
"""

GITHUB = f"""\
# Refuses a change of the config whose deployment was not compiled and committed.
name: aua
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install aua-compile
      - run: aua compile {CONFIG} -o deploy --check --format github
"""

GITLAB = f"""\
# Refuses a change of the config whose deployment was not compiled and committed.
aua:
  image: python:3.12-slim
  script:
    - pip install aua-compile
    - aua compile {CONFIG} -o deploy --check --format gitlab > gl-code-quality-report.json || true
    - aua compile {CONFIG} -o deploy --check
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
"""
