"""Shared fixtures: the command line in this process, small pictures, the folder of real data."""

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

# Tiny tensors gain nothing from threads, and lose much when several test processes share the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

REPOSITORY = Path(__file__).parent.parent


@dataclass(frozen=True)
class Run:
    """What a command returned and printed."""

    code: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.decode().splitlines()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No colours, no settings of the person who runs the tests, and a cache folder of our own."""
    for name in [name for name in os.environ if name.startswith("ARTGAN_") and name != "ARTGAN_TEST_DATA"]:
        monkeypatch.delenv(name)
    for name in ("GITHUB_ACTIONS", "FORCE_COLOR", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("ARTGAN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture
def artgan(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Run `artgan ARGUMENTS` through the real entry point; `stdin` is what is piped in."""
    from artgan.cli.app import main

    def run(*arguments: str | Path, stdin: bytes = b"") -> Run:
        capfdbinary.readouterr()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main([str(argument) for argument in arguments])
        sys.stdout.flush()
        captured = capfdbinary.readouterr()
        return Run(code, captured.out, captured.err.decode())

    return run


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., Path]:
    """Write a small colourful picture and return its path."""

    def write(name: str = "content.png", width: int = 48, height: int = 36, seed: int = 0) -> Path:
        rng = np.random.default_rng(seed)
        small = rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC).save(path)
        return path

    return write


@pytest.fixture
def stand_in_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """In place of the extra `video`, be it installed or not: files of raw frames in the boxes of an MP4."""
    import film_files

    made = ModuleType("imageio_ffmpeg")
    for name in ("get_ffmpeg_exe", "read_frames", "write_frames"):
        setattr(made, name, getattr(film_files, name))
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", made)
    return made


@pytest.fixture(scope="session")
def real_ffmpeg() -> ModuleType:
    """The extra `video`, where it is installed."""
    found: ModuleType = pytest.importorskip("imageio_ffmpeg", reason="the extra video is not installed")
    return found


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real paintings, photos and weights, where there is one."""
    folder = Path(os.environ.get("ARTGAN_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("real pictures and weights are not here (set ARTGAN_TEST_DATA to their folder)")
    return folder


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Untrained generators of 16 px by architecture, in files as training shares them: all mechanics, no beauty."""
    import torch

    from artgan.models.registry import ModelSpec, build
    from artgan.training.runs import save_model

    vocabulary = {"hair": ("red", "dark blue", "green"), "eyes": ("gray", "aqua")}
    specs = [
        ModelSpec(architecture="dcgan", version=1, options={"size": 16, "width": 4, "latent_dim": 6}),
        ModelSpec(
            architecture="cgan", version=1, options={"size": 16, "width": 4, "latent_dim": 6}, vocabulary=vocabulary
        ),
    ]
    paths = {}
    for spec in specs:
        networks = build(spec)
        with torch.no_grad():
            for number, parameter in enumerate(networks["generator"].parameters()):
                # Strong enough that seeds and tags are seen in the pictures.
                parameter.normal_(0.0, 0.4, generator=torch.Generator().manual_seed(number))
        path = tmp_path_factory.mktemp("models") / f"tiny-{spec.architecture}.safetensors"
        save_model(path, spec, networks, {"data": ["noise"], "step": 7, "licences": [{"CC0": 3}]})
        paths[spec.architecture] = path
    return paths


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a random encoder of a few channels, in the layout of the embedded one: quick, and blind to beauty."""
    import torch

    from artgan.io.checkpoints import save_tensors

    random = torch.Generator().manual_seed(0)
    tensors = {}
    channels = 3
    for block, count in enumerate((2, 2, 3, 3, 2), start=1):
        for number in range(1, count + 1):
            tensors[f"conv{block}_{number}.weight"] = (
                torch.randn(6, channels, 3, 3, generator=random) * (2 / (9 * channels)) ** 0.5
            )
            tensors[f"conv{block}_{number}.bias"] = torch.zeros(6)
            channels = 6
    for layer in ("1_1", "2_1", "2_2", "3_1", "4_1", "4_2", "5_1", "5_2"):
        tensors[f"head{layer}"] = torch.randn(8, 6, generator=random)
    path = tmp_path_factory.mktemp("encoder") / "tiny.safetensors"
    save_tensors(path, tensors, {})
    return path


@pytest.fixture(scope="session")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A painter in one pass of random weights."""
    import torch

    from artgan.models.encoder_weights import load_encoder
    from artgan.models.fast_style import FastStyle
    from artgan.models.registry import ModelSpec
    from artgan.models.restyling import LEVELS
    from artgan.training.runs import save_model

    eyes = load_encoder("embedded")
    options: dict[str, int | float | str | bool] = {"channels": "32,64,128,256", "width": 4, "blocks": 1}
    made = FastStyle(channels="32,64,128,256", width=4, blocks=1)
    with torch.no_grad():
        made.calibrate(eyes(torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)), LEVELS))
        for number, parameter in enumerate(made.parameters()):
            parameter.normal_(0.0, parameter[0].numel() ** -0.5, generator=torch.Generator().manual_seed(number))
    path = tmp_path_factory.mktemp("models") / "brush.safetensors"
    spec = ModelSpec(architecture="style", version=1, options={**options, "encoder": eyes.sha256}, value_range="[0, 1]")
    save_model(path, spec, {"painter": made}, {"data": ["noise"], "step": 7})
    return path


@pytest.fixture(scope="session")
def tiny_vgg19(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights in torchvision's layout of VGG19, with eight channels everywhere."""
    import torch

    from artgan.io.checkpoints import save_tensors
    from artgan.models.encoder_weights import SOURCES

    random = torch.Generator().manual_seed(1)
    tensors, channels = {}, 3
    for key in SOURCES["vgg19"].layout():
        if key.endswith("weight"):
            tensors[key] = torch.randn(8, channels, 3, 3, generator=random) * (2 / (9 * channels)) ** 0.5
            channels = 8
        else:
            tensors[key] = torch.zeros(8)
    path = tmp_path_factory.mktemp("vgg19") / "vgg19.safetensors"
    save_tensors(path, tensors, {})
    return path
