"""Trainings that tests ask for, and what they leave."""

from __future__ import annotations

import os
from pathlib import Path

from contract import METHODS
from wire import Json

TRAIN = METHODS["probex/train"]
# Longer than any test waits: such a training ends by being cancelled.
ENDLESS = 1_000_000


def params(zoo: Path, name: str = "colours", **more: Json) -> Json:
    """A training of a second."""
    need = {"name": name, "zoo": str(zoo), "kind": "categories", "method": "probex"}
    small = {"epochs": 40, "probes": 8, "representation": 8, "batch": 16, "rate": 0.01}
    return need | {"layers": ["layer"], "labelKey": "colours"} | small | more


def left(library: Path) -> list[str]:
    """Everything in the folder of experts, hidden files too."""
    folder = library / "experts"
    return sorted(os.listdir(folder)) if folder.is_dir() else []
