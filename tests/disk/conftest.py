from pathlib import Path

import pytest

from aua_compile.disk import apply
from tests.disk.trees import version


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An output folder with version 0 of the deployment."""
    folder = tmp_path / "deploy"
    assert apply(version(0), folder).value is not None
    return folder
