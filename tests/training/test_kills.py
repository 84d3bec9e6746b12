"""A run that is killed, again and again and at any moment, goes on as if nothing had been."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from artgan.io.checkpoints import load_tensors
from artgan.training.engine import Engine
from artgan.training.runs import Run

STEPS = 40

# One process imports torch and forks the runs that it kills, so that each kill costs a moment only.
PROGRAM = f"""
import os, random, signal, sys, time
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from conftest import Dataset, Engine, Feed, Limits, Processes, Run, ToyTask, TrainConfig, noise
import torch
from artgan.io.checkpoints import load_tensors
from artgan.training.callbacks import Metrics

run = Run(Path(sys.argv[1]))
config = TrainConfig(batch_size=8, log_every=4, ema_half_life=100, save_every="0.001s")

def train():
    cpu = torch.device("cpu")
    feed = Feed({{"images": noise()}}, batch_size=8, seed=5, device=cpu, mirror=True)
    engine = Engine(ToyTask(config.learning_rate), feed, config, limits=Limits(steps={STEPS}, seconds=None), seed=5,
                    device=cpu, precision=torch.float32, processes=Processes(), run=run, about={{"data": ["noise"]}})
    if run.state.is_file():
        engine.resume(run)
    run.rewind(engine.position.step)
    engine.train([Metrics(run)])

def begin():
    child = os.fork()
    if child == 0:
        try:
            train()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child

chance = random.Random(int(sys.argv[2]))
kills = 0
for _ in range(12):
    child = begin()
    time.sleep(chance.uniform(0.02, 0.12))
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0
        break
    kills += 1
    for path in (run.state, run.model):
        if path.exists():
            load_tensors(path)
else:
    assert os.waitpid(begin(), 0)[1] == 0
print(kills)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_kills_at_any_moment_change_nothing(make_engine: Callable[..., tuple[Engine, object]], tmp_path: Path) -> None:
    killed = Run.create(tmp_path, "toy", "killed")
    command = [sys.executable, "-c", PROGRAM, str(killed.path), "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 2

    whole = Run.create(tmp_path, "toy", "whole")
    engine, _ = make_engine(run=whole, steps=STEPS)
    engine.train()
    for ours, expected in ((killed.state, whole.state), (killed.model, whole.model)):
        found, wanted = load_tensors(ours)[0], load_tensors(expected)[0]
        assert found.keys() == wanted.keys()
        assert not [name for name in wanted if not torch.equal(found[name], wanted[name])]
    assert [line["step"] for line in killed.read_metrics()] == list(range(4, STEPS + 1, 4))
