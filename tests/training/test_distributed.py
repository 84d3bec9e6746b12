"""Two processes that train together are one process with the whole batch."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from artgan.errors import UsageError
from artgan.io.checkpoints import load_tensors
from artgan.training import plan
from artgan.training.distributed import Processes

PROGRAM = """
import os, sys
from pathlib import Path
import numpy as np, torch
from torch import nn
from artgan.config.train import TrainConfig
from artgan.data.datasets import Dataset
from artgan.io.checkpoints import save_tensors
from artgan.models.registry import ModelSpec
from artgan.training.distributed import Processes
from artgan.training.engine import Engine, Limits
from artgan.training.feed import Feed
from artgan.training.runs import Run

class Fit:
    name, averaged = "fit", ("net",)
    def __init__(self, seed):
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Conv2d(4, 3, 3, padding=2))
        self.networks = {"net": net.to(memory_format=torch.channels_last)}
        self.optimizers = {"net": torch.optim.Adam(net.parameters(), lr=0.01)}
    def training_step(self, batch, step):
        loss = (self.networks["net"](batch["images"]) - batch["images"]).square().mean()
        step.update("net", loss)
        return {"loss": loss.detach()}
    def samples(self, averaged): raise NotImplementedError
    def spec(self): return ModelSpec(architecture="fit", version=1, options={})
    def extra_state(self): return {}
    def load_extra_state(self, state): pass

child = 0
if "MASTER_PORT" in os.environ:
    child = os.fork()  # quicker than importing torch twice
    os.environ["RANK"] = os.environ["LOCAL_RANK"] = "1" if child == 0 else "0"
processes = Processes()
pixels = np.random.default_rng(0).integers(0, 256, (24, 16, 16, 3), dtype=np.uint8)
data = Dataset(name="x", pixels=pixels, train=np.arange(24), held_out=np.arange(0), fingerprint="0")
seed = processes.same_number(5 + processes.rank)
feed = Feed({"images": data}, batch_size=8, seed=seed, device=torch.device("cpu"), mirror=False,
            rank=processes.rank, world=processes.world)
task = Fit(processes.rank)
engine = Engine(task, feed, TrainConfig(batch_size=8, log_every=5), limits=Limits(steps=25, seconds=None),
                seed=seed, device=torch.device("cpu"), precision=torch.float32, processes=processes,
                run=Run(Path(sys.argv[1])))
# Only one of them is asked to stop; both must end at the same step.
stopped = engine.train(should_stop=lambda: processes.rank == processes.world - 1 and engine.position.step == 20)
assert stopped and engine.position.step == 20, engine.position
assert processes.agree([processes.rank, 3.0]) == [processes.world - 1, 3.0]
weights = task.networks["net"].state_dict()
save_tensors(Path(sys.argv[1]) / f"rank{processes.rank}.safetensors", weights, {})
import time
from artgan.training import plan
plan._MOST_SECONDS = 0.02  # which one of them reaches long before the other
slow, quick = task.training_step, processes.rank == 0
task.training_step = lambda *args: (time.sleep(0 if quick else 0.005), slow(*args))[1]
limits = Limits(steps=99, seconds=None)
plan.measure(engine, task, TrainConfig(batch_size=8), limits, 24, torch.device("cpu"), processes)
steps = engine.position.step
assert processes.agree([steps, -steps]) == [steps, -steps]
processes.close()
assert not child or os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_two_processes_do_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    folders = [tmp_path / "alone", tmp_path / "together"]
    environment = {**os.environ, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    command = [sys.executable, "-c", PROGRAM, str(folders[1])]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as together:
        monkeypatch.setattr(sys, "argv", ["", str(folders[0])])
        monkeypatch.setattr(plan, "_MOST_SECONDS", plan._MOST_SECONDS)  # the program sets it, this sets it back
        exec(compile(PROGRAM, "<program>", "exec"), {})
        _, errors = together.communicate(timeout=120)
    assert together.returncode == 0, errors
    alone, _ = load_tensors(folders[0] / "rank0.safetensors")
    first, _ = load_tensors(folders[1] / "rank0.safetensors")
    second, _ = load_tensors(folders[1] / "rank1.safetensors")
    for name, expected in alone.items():
        assert torch.equal(first[name], second[name])
        assert torch.allclose(first[name], expected, atol=1e-5), name
    assert (folders[1] / "state.safetensors").is_file()


def test_alone_nothing_is_exchanged() -> None:
    processes = Processes()
    assert (processes.world, processes.rank, processes.first) == (1, 0, True)
    assert processes.own_device(torch.device("cuda")) == torch.device("cuda")
    assert processes.own_share(7) == 7
    assert processes.same_number(4) == 4
    assert processes.agree([2.0, 1.0]) == [2.0, 1.0]
    network = nn.Linear(1, 1)
    processes.broadcast([network])
    processes.average_gradients(list(network.parameters()))


def test_shares_and_devices_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.distributed.is_initialized", lambda: True)
    for name, value in {"WORLD_SIZE": "3", "RANK": "1", "LOCAL_RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    processes = Processes()
    assert processes.own_share(12) == 4
    assert processes.own_device(torch.device("cuda")) == torch.device("cuda", 1)
    assert processes.own_device(torch.device("cuda", 0)) == torch.device("cuda", 0)
    with pytest.raises(UsageError, match="--batch-size 64 cannot be shared by 3 processes"):
        processes.own_share(64)
