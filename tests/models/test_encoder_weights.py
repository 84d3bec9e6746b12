import hashlib
import io
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from torch import Tensor
from urllib3 import Retry

from artgan.errors import NetworkError, UsageError, WeightsError
from artgan.events import Downloading, Event, Note
from artgan.io.checkpoints import load_tensors, save_tensors
from artgan.models import encoder_download, encoder_weights
from artgan.models.encoder_weights import SOURCES, Source, cache_folder, load_encoder

IMAGES = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def vgg(name: str, width: int = 4) -> dict[str, Tensor]:
    """torchvision's keys and kernel sizes with few channels, and a classifier nobody wants."""
    generator = torch.Generator().manual_seed(1)
    tensors, channels = {}, 3
    for key in SOURCES[name].layout():
        shape = (width, channels, 3, 3) if key.endswith("weight") else (width,)
        tensors[key] = torch.randn(shape, generator=generator) * 0.2
        channels = width
    return tensors | {"classifier.0.weight": torch.zeros(64, 64)}


def thin() -> dict[str, Tensor]:
    tensors, channels = {}, 3
    for name, width in {"1_1": 4, "1_2": 4, "2_1": 8}.items():
        tensors |= {f"conv{name}.weight": torch.randn(width, channels, 3, 3).half()}
        tensors |= {f"conv{name}.bias": torch.zeros(width).half()}
        channels = width
    return tensors | {"head1_1": torch.randn(16, 4).half(), "head2_1": torch.randn(32, 8).half()}


def saved(tensors: object, **options: object) -> bytes:
    stream = io.BytesIO()
    torch.save(tensors, stream, **options)  # type: ignore[arg-type]
    return stream.getvalue()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Server:
    """A real HTTP server for one file, which can misbehave."""

    def __init__(self) -> None:
        self.content = b""
        self.status = 200
        self.cut_at: int | None = None
        self.says_length = True
        self.requests: list[str] = []
        parent = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parent.requests.append(f"{self.command} {self.path}")
                self.send_response(parent.status)
                if parent.status == 200 and parent.says_length:
                    self.send_header("Content-Length", str(len(parent.content)))
                self.end_headers()
                if parent.status == 200:
                    self.wfile.write(parent.content[: parent.cut_at])

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/mirror"
        self.thread = threading.Thread(target=partial(self.http.serve_forever, poll_interval=0.01), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Serves a small VGG19 in the place of the published one, with the hash in its name to match."""
    server = Server()
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("ARTGAN_WEIGHTS_URL", server.url)
    monkeypatch.setattr(encoder_download, "_RETRY", Retry(2, backoff_factor=0))
    publish(monkeypatch, server, saved(vgg("vgg19")))
    yield server
    server.close()


def publish(monkeypatch: pytest.MonkeyPatch, server: Server, content: bytes, hash_prefix: str | None = None) -> Source:
    prefix = hash_prefix or digest(content)[:8]
    source = Source("vgg19", (2, 2, 4, 4, 4), f"vgg19-{prefix}.pth")
    monkeypatch.setitem(SOURCES, "vgg19", source)
    server.content = content
    return source


def left_behind() -> list[str]:
    folder = cache_folder()
    return sorted(path.name for path in folder.rglob("*")) if folder.exists() else []


def test_download_keeps_the_convolutions_only(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    events: list[Event] = []
    encoder = load_encoder("vgg19", on_event=events.append)
    slim = cache_folder() / "vgg19_features.safetensors"
    assert left_behind() == [slim.name]
    tensors, metadata = load_tensors(slim)
    assert tensors.keys() == SOURCES["vgg19"].layout().keys()
    assert metadata == {"source": SOURCES["vgg19"].file_name}
    assert torch.equal(tensors["features.34.weight"], vgg("vgg19")["features.34.weight"])
    assert encoder.name == "vgg19"
    assert encoder.layers[-1] == "relu5_4"
    assert encoder.sha256 == digest(slim.read_bytes())
    downloads = [event for event in events if isinstance(event, Downloading)]
    assert downloads[-1].done_bytes == downloads[-1].total_bytes == len(server.content)
    assert isinstance(events[-1], Note)
    assert capfd.readouterr() == ("", "")
    assert server.requests[-1] == f"GET /mirror/{SOURCES['vgg19'].file_name}"


def test_the_second_time_nothing_is_asked_of_the_network(server: Server) -> None:
    first = load_encoder("vgg19")
    asked = len(server.requests)
    again = load_encoder("vgg19")
    auto = load_encoder("auto")
    assert len(server.requests) == asked
    assert auto.name == "vgg19"
    for encoder in (again, auto):
        assert torch.equal(encoder(IMAGES, ["relu5_1"])["relu5_1"], first(IMAGES, ["relu5_1"])["relu5_1"])


def test_a_server_that_does_not_say_how_much_there_is(server: Server) -> None:
    server.says_length = False
    events: list[Event] = []
    assert load_encoder("vgg19", on_event=events.append).name == "vgg19"
    assert {event.total_bytes for event in events if isinstance(event, Downloading)} == {None}


def test_wrong_hash(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    publish(monkeypatch, server, server.content, hash_prefix="00000000")
    with pytest.raises(WeightsError, match=r"its SHA-256 differs; give --encoder-weights FILE, or --encoder embed"):
        load_encoder("vgg19")
    assert left_behind() == []


def test_not_found(server: Server) -> None:
    server.status = 404
    with pytest.raises(NetworkError, match=r"vgg19-\w+\.pth: the server answers 404; give --encoder-weights FILE"):
        load_encoder("vgg19")
    assert left_behind() == []


def test_connection_refused(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    monkeypatch.setenv("ARTGAN_WEIGHTS_URL", "http://127.0.0.1:1")
    with pytest.raises(NetworkError, match="connection refused; give --encoder-weights FILE"):
        load_encoder("vgg19")
    assert left_behind() == []


@pytest.mark.parametrize("address", ["not-an-address", "file:///etc", "http://[::1"])
def test_a_mirror_that_is_no_address(monkeypatch: pytest.MonkeyPatch, server: Server, address: str) -> None:
    monkeypatch.setenv("ARTGAN_WEIGHTS_URL", address)
    with pytest.raises(NetworkError, match="ARTGAN_WEIGHTS_URL must be an http"):
        load_encoder("vgg19")


@pytest.mark.parametrize("says_length", [True, False])
def test_connection_cut_in_the_middle(server: Server, says_length: bool) -> None:
    server.cut_at, server.says_length = 1000, says_length
    error, message = (NetworkError, "broke after 1000 of") if says_length else (WeightsError, "SHA-256")
    with pytest.raises(error, match=message):
        load_encoder("vgg19")
    assert len(server.requests) == (3 if says_length else 1)
    assert left_behind() == []


class Malicious:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (f"open({str(self.target)!r}, 'w').close()",)


@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
def test_a_malicious_pickle_does_not_run(
    monkeypatch: pytest.MonkeyPatch, server: Server, tmp_path: Path, form: str
) -> None:
    trap = tmp_path / "ran"
    evil = {"features.0.weight": Malicious(trap)}
    content = pickle.dumps(evil) if form == "pickle" else saved(evil, _use_new_zipfile_serialization=form == "zip")
    publish(monkeypatch, server, content)
    with pytest.raises(WeightsError, match="holds more than weights, and could run code"):
        load_encoder("vgg19")
    path = tmp_path / "evil.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"refused '.*evil.pth'"):
        load_encoder("auto", weights=path)
    assert not trap.exists()
    assert left_behind() == []


def test_torchvisions_own_file_is_used_and_stays(server: Server) -> None:
    full = Path(torch.hub.get_dir()) / "checkpoints" / SOURCES["vgg19"].file_name
    full.parent.mkdir(parents=True)
    full.write_bytes(server.content)
    assert load_encoder("auto").name == "vgg19"
    assert left_behind() == []
    assert load_encoder("vgg19").name == "vgg19"
    assert left_behind() == ["vgg19_features.safetensors"]
    assert full.read_bytes() == server.content
    assert server.requests == []


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "embedded.safetensors"
    save_tensors(path, thin(), {})
    monkeypatch.setattr(encoder_weights, "_embedded", lambda: path)
    return path


@pytest.mark.parametrize("name", ["auto", "embedded"])
def test_embedded_is_what_auto_takes_where_there_is_nothing_else(server: Server, embedded: Path, name: str) -> None:
    encoder = load_encoder(name)
    assert encoder.name == "embedded"
    assert encoder.layers == ("relu1_1", "relu2_1")
    assert encoder.channels == {"relu1_1": 16, "relu2_1": 32}
    assert encoder.sha256 == digest(embedded.read_bytes())
    assert encoder(IMAGES, ["relu2_1"])["relu2_1"].shape == (1, 8, 8, 8)
    assert server.requests == []


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("kind", ["vgg16", "vgg19", "embedded"])
def test_a_file_is_recognised(tmp_path: Path, kind: str, suffix: str) -> None:
    path = tmp_path / f"weights{suffix}"
    tensors = thin() if kind == "embedded" else vgg(kind)
    if suffix == ".pth":
        path.write_bytes(saved(tensors))
    else:
        save_tensors(path, tensors, {})
    auto, named = load_encoder("auto", weights=path), load_encoder(kind, weights=path)
    assert auto.name == named.name == kind
    assert auto.sha256 == digest(path.read_bytes())
    other = "vgg16" if kind == "vgg19" else "vgg19"
    with pytest.raises(WeightsError, match=f"holds {kind}, and --encoder {other} was asked for"):
        load_encoder(other, weights=path)


def test_a_vgg_without_its_last_layers_is_still_one(tmp_path: Path) -> None:
    tensors = {key: value for key, value in vgg("vgg19").items() if key.startswith("features.")}
    for index in (30, 32, 34):
        del tensors[f"features.{index}.weight"], tensors[f"features.{index}.bias"]
    save_tensors(tmp_path / "x.safetensors", tensors, {})
    encoder = load_encoder("vgg19", weights=tmp_path / "x.safetensors")
    assert encoder.layers[-1] == "relu5_1"


@pytest.mark.parametrize(
    "tensors",
    [
        {"a": torch.zeros(1)},
        {"features.0.weight": torch.zeros(4, 3, 3, 3), "features.0.bias": torch.zeros(4)},
        {key: value for key, value in vgg("vgg19").items() if key != "features.7.bias"},
    ],
    ids=["other", "one layer", "a hole"],
)
def test_unknown_layout(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    save_tensors(tmp_path / "x.safetensors", tensors, {})
    with pytest.raises(WeightsError, match=r"neither torchvision's VGG16 or VGG19 .* nor an embedded encoder"):
        load_encoder("auto", weights=tmp_path / "x.safetensors")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"hello", saved(vgg("vgg19"))[:5000]])
def test_damaged_pth(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"x\.pth'") as caught:
        load_encoder("auto", weights=path)
    assert "\n" not in str(caught.value)


def test_a_pth_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    path.write_bytes(saved({"epoch": 3}))
    with pytest.raises(WeightsError, match="no plain table of weights"):
        load_encoder("auto", weights=path)


@pytest.mark.parametrize("name", ["none.pth", "none.safetensors"])
def test_missing_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(WeightsError, match=rf"cannot read '.*{name}': no such file"):
        load_encoder("auto", weights=tmp_path / name)


def test_unknown_encoder() -> None:
    with pytest.raises(UsageError, match=r"no encoder 'vgg91'; there are auto, .*Did you mean 'vgg19'\?"):
        load_encoder("vgg91")


def test_a_cache_folder_that_cannot_be(monkeypatch: pytest.MonkeyPatch, server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ARTGAN_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(WeightsError, match=r"cannot keep vgg19 in .*; set ARTGAN_CACHE_DIR"):
        load_encoder("vgg19")


def test_the_published_names_are_torchvisions() -> None:
    from torchvision.models import VGG16_Weights, VGG19_Weights

    assert encoder_weights.SOURCES["vgg19"].url == VGG19_Weights.IMAGENET1K_V1.url
    assert encoder_weights.SOURCES["vgg16"].url == VGG16_Weights.IMAGENET1K_V1.url


def test_real_vgg19(real_data: Path) -> None:
    path = real_data / "vgg19" / "vgg19_features_fp16.safetensors"
    if not path.is_file():
        pytest.skip("no VGG19 among the real data")
    encoder = load_encoder("auto", weights=path)
    assert encoder.name == "vgg19"
    assert encoder.channels["relu5_1"] == 512
    assert encoder.metric("relu5_1") is None


def test_weights_on_disk_are_loaded_without_what_speaks_to_servers() -> None:
    code = "import sys; from artgan.models.encoder_weights import load_encoder; load_encoder('embedded'); "
    code += "sys.exit(bool({'requests', 'urllib3', 'torchvision'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
