"""Run folders: `runs/00007-dcgan-portraits/` with config.json, metrics.jsonl, samples/, checkpoints and best/."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from artgan.errors import OutputError, UsageError, WeightsError
from artgan.io.checkpoints import read_metadata, save_tensors
from artgan.io.files import TEMPORARY, atomic_writer, quoted
from artgan.models.registry import SPEC_KEY, ModelSpec

ABOUT_KEY = "artgan.about"
"""The metadata for people: options, step, scores, data, licences; nothing needs it to load."""

_FOLDER = re.compile(r"(\d+)-")
_DIGITS = 5


class Run:
    """One run's folder. `create` makes a new one, `open` continues one; nothing in it belongs to another run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = path / "state.safetensors"
        self.model = path / "model.safetensors"
        self.best_model = path / "best" / "model.safetensors"
        self.samples = path / "samples"
        self.animation = path / "samples.webp"
        self.scores = path / "scores.json"
        self._config = path / "config.json"
        self._metrics = path / "metrics.jsonl"

    @classmethod
    def create(cls, parent: Path, command: str, name: str) -> "Run":
        """A new folder below `parent`, numbered one above the highest there; `name` is that of the data.

        Raises:
            OutputError: it cannot be made.
        """
        label = re.sub(r"[^a-z0-9]+", "-", f"{command}-{name}".lower()).strip("-")[:60]
        try:
            parent.mkdir(parents=True, exist_ok=True)
            numbers = [int(match[1]) for path in parent.iterdir() if (match := _FOLDER.match(path.name))]
            number = max(numbers, default=-1) + 1
            while True:
                path = parent / f"{number:0{_DIGITS}d}-{label}"
                try:
                    path.mkdir()
                except FileExistsError:
                    number += 1  # another run began at the same time
                else:
                    return cls(path)
        except OSError as error:
            raise OutputError(f"cannot make a run folder in {quoted(parent)}: {error.strerror or error}") from error

    @classmethod
    def open(cls, path: Path) -> "Run":
        """The folder of an earlier run. Raises UsageError when it is none."""
        run = cls(path)
        if not run._config.is_file():
            raise UsageError(f"{quoted(path)} is no run folder: it has no config.json; --resume takes runs/NUMBER-NAME")
        return run

    def read_config(self) -> dict[str, Any]:
        """What `write_config` wrote. Raises WeightsError when it is damaged."""
        try:
            config: Any = json.loads(self._config.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise WeightsError(f"cannot read {quoted(self._config)}: it is damaged or not readable") from error
        if not isinstance(config, dict) or not isinstance(config.get("options"), dict):
            raise WeightsError(f"cannot read {quoted(self._config)}: it holds no options")
        return config

    def write_config(self, config: Mapping[str, Any]) -> None:
        """Write down what the run was told: command, data, options, seed."""
        with atomic_writer(self._config, force=True) as stream:
            stream.write((json.dumps(config, indent=2) + "\n").encode())

    def append_metrics(self, line: Mapping[str, Any]) -> None:
        """Add a line to metrics.jsonl. It is not forced to the disk: a lost line comes again on resuming."""
        with self._metrics.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")

    def read_metrics(self) -> list[dict[str, Any]]:
        """The whole lines of metrics.jsonl; one that a crash has cut is passed over."""
        lines = []
        if self._metrics.is_file():
            for text in self._metrics.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    line = json.loads(text)
                except ValueError:
                    continue
                if isinstance(line, dict) and isinstance(line.get("step"), int):
                    lines.append(line)
        return lines

    def rewind(self, step: int) -> list[dict[str, Any]]:
        """Drop the lines of metrics and the grids beyond a step, which a resumed run makes again, perhaps better; the
        lines that stay."""
        for path in self.sample_grids():
            if int(path.stem) > step:
                path.unlink(missing_ok=True)
        kept = [line for line in self.read_metrics() if line["step"] <= step]
        if self._metrics.is_file():
            with atomic_writer(self._metrics, force=True) as stream:
                stream.write("".join(json.dumps(line) + "\n" for line in kept).encode())
        return kept

    def write_scores(self, scores: Mapping[str, Any]) -> None:
        """Write scores.json: the latest scores, with what they were measured in and on."""
        with atomic_writer(self.scores, force=True) as stream:
            stream.write((json.dumps(scores, indent=2) + "\n").encode())

    def read_scores(self) -> dict[str, Any]:
        """What `write_scores` wrote; empty when there is nothing, or nothing whole."""
        try:
            scores: Any = json.loads(self.scores.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return scores if isinstance(scores, dict) else {}

    def sweep(self) -> None:
        """Remove what a killed session left half-written."""
        for path in self.path.rglob(TEMPORARY):
            path.unlink(missing_ok=True)

    def sample_path(self, step: int) -> Path:
        """Where the grid of a step is put."""
        return self.samples / f"{step:06d}.png"

    def sample_grids(self) -> list[Path]:
        """The grids so far, in the order of their steps."""
        grids = [path for path in self.samples.glob("*.png") if path.stem.isdigit()]
        return sorted(grids, key=lambda path: int(path.stem))

    def best_score(self) -> float | None:
        """The score of the model in best/, which its own file knows; None when there is none."""
        if not self.best_model.is_file():
            return None
        try:
            return float(json.loads(read_metadata(self.best_model)[ABOUT_KEY])["best"])
        except (WeightsError, KeyError, TypeError, ValueError):
            return None

    def model_step(self) -> int | None:
        """The step that model.safetensors is of; None when there is no such file."""
        try:
            return int(json.loads(read_metadata(self.model)[ABOUT_KEY])["step"])
        except (WeightsError, KeyError, TypeError, ValueError):
            return None


def save_model(path: Path, spec: ModelSpec, networks: Mapping[str, nn.Module], about: Mapping[str, Any]) -> None:
    """Write networks, ready to share, with what rebuilds them (`spec`) and what people want to know (`about`).

    Tensors are named NETWORK.PARAMETER.
    """
    tensors = {
        f"{name}.{key}": value for name, network in networks.items() for key, value in network.state_dict().items()
    }
    metadata = {"format": "pt", SPEC_KEY: json.dumps(spec.to_json()), ABOUT_KEY: json.dumps(about)}
    save_tensors(path, tensors, metadata)
