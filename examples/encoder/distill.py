"""Teach the thin encoder that artgan ships to see as VGG19 does: python examples/encoder/distill.py --help.

README.md beside this file says how it works, what it needs and how long it takes.
"""

import argparse
import hashlib
import json
import logging
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from closed_form import fit_convolutions, fit_heads
from pictures import Pixels, Sampler, gather, package_pictures, without_twins
from pool import Pool
from student import Student, export, parse_widths
from torch import Tensor

from artgan.io.checkpoints import load_tensors
from artgan.losses.perceptual import gram_matrix
from artgan.models.encoder import Encoder
from artgan.models.encoder_weights import recognise
from artgan.runtime import resolve_precision

LOG_EVERY, SAVE_EVERY = 25, 200
WARM_UP = 50
"""Steps over which the learning rate rises."""
LOWEST_RATE = 0.02
"""Where the cosine ends, as a share of the learning rate."""
CLIP = 5.0
AVERAGE_DECAY = 0.998
"""Of the average of the student's tensors, which is what is saved."""
LICENCE = (
    "learned from VGG19 by K. Simonyan and A. Zisserman, Visual Geometry Group, University of Oxford, CC BY 4.0: "
    "name them when you pass it on"
)

_log = logging.getLogger(__name__)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--weights", type=Path, required=True, help="VGG19's convolutions, safetensors with torchvision's keys")
    add("--pictures", type=Path, nargs="*", default=[], help="folders, .zip and .tfrec files, picture files")
    add("--package-pictures", action="store_true", help="those of scikit-image and scikit-learn too")
    add("--leave-out", type=Path, nargs="*", default=[], help="pictures not to learn from, such as those of score.py")
    add("--out", type=Path, required=True, help="folder: embedded.safetensors, start.safetensors, log.jsonl")
    add("--minutes", type=float, default=80.0, help="time to learn, after the start")
    add("--steps", type=int, help="learn for so many steps instead; the same on every machine")
    add("--widths", default="32,32,64,128,256,256", help="channels of conv1_1, conv1_2 and blocks 2 to 5")
    add("--size", type=int, default=160, help="side of the crops, a multiple of 16")
    add("--batch", type=int, default=12, help="pictures a step; half of them are the pool's")
    add("--pool", type=int, default=48, help="pictures being repainted")
    add("--lr", type=float, default=6e-4, help="learning rate of Adam")
    add("--gram", type=float, default=0.25, help="weight of the Gram matrices against the features")
    add("--start-batches", type=int, default=10, help="of ten pictures, that the start is fitted to")
    add("--precision", choices=("auto", "bfloat16", "float32"), default="auto")
    add("--seed", type=int, default=0)
    add("--threads", type=int, help="cores to use; by default as PyTorch likes")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    options = arguments(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.manual_seed(options.seed)
    if options.threads:
        torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    precision = resolve_precision(options.precision, torch.device("cpu"))
    kind, tensors = recognise(load_tensors(options.weights)[0], options.weights)
    if kind != "vgg19":
        raise SystemExit(f"{options.weights} holds {kind}; the teacher is VGG19")
    teacher = Encoder(tensors, name=kind, border="zeros", precision=precision)
    student = Student(parse_widths(options.widths)).to(memory_format=torch.channels_last)
    sampler = Sampler(pictures(options), options.size, options.seed)

    began = time.monotonic()
    fit_convolutions(student, tensors, sampler, precision=precision, batches=options.start_batches)
    fit_heads(student, teacher, sampler, batches=math.ceil(0.6 * options.start_batches))
    _log.info("the start took %.0f s", time.monotonic() - began)
    metadata = {
        "seed": str(options.seed),
        "widths": options.widths,
        "teacher": f"vgg19, SHA-256 of {options.weights.name}: {_sha256(options.weights)}",
        "licence": LICENCE,
    }
    export(options.out / "start.safetensors", student.state_dict(), {**metadata, "steps": "0", "minutes": "0"})

    began, step = time.monotonic(), 0
    average: dict[str, Tensor] = {}

    def save() -> None:
        progress = {"steps": str(step), "minutes": f"{(time.monotonic() - began) / 60:.1f}"}
        export(options.out / "embedded.safetensors", average or student.state_dict(), metadata | progress)

    running: dict[str, float] = {}
    with (options.out / "log.jsonl").open("a") as log:
        for step, left, parts in learn(student, teacher, sampler, options, precision):
            take_average(average, student, step)
            for name, value in parts.items():
                running[name] = 0.95 * running.get(name, value) + 0.05 * value
            if step % LOG_EVERY == 0:
                log.write(json.dumps({"step": step, "left": left, **running}) + "\n")
                log.flush()
                _log.info("%d %.3f %s", step, left, " ".join(f"{k}:{v:.3f}" for k, v in running.items()))
            if step % SAVE_EVERY == 0:
                save()
    save()
    _log.info("done after %d steps", step)


def learn(
    student: Student, teacher: Encoder, sampler: Sampler, options: argparse.Namespace, precision: torch.dtype
) -> Iterator[tuple[int, float, dict[str, float]]]:
    """Train the student, yielding after every step its number, the share of the time left, and the losses."""
    optimizer = torch.optim.Adam(student.parameters(), lr=options.lr, betas=(0.9, 0.99))
    rng = np.random.default_rng(options.seed + 1)
    pool = Pool(options.pool, student, sampler, rng, precision)
    count = options.batch - options.batch // 2
    began, step = time.monotonic(), 0
    while True:
        done = step / options.steps if options.steps else (time.monotonic() - began) / (60 * options.minutes)
        if done >= 1:
            return
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(options.lr, step, done)
        chosen = pool.choose(count)
        pool.move(chosen)
        batch = torch.cat([sampler.disturb(sampler.batch(options.batch - count)), pool.pictures[chosen]])
        pool.replace(chosen)
        phase = (int(rng.integers(2)), int(rng.integers(2)))
        total, parts = losses(student, teacher, batch, phase, options.gram, precision)
        optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]  # PyTorch's own
        torch.nn.utils.clip_grad_norm_(student.parameters(), CLIP)
        optimizer.step()
        step += 1
        yield step, 1 - done, parts


def losses(
    student: Student,
    teacher: Encoder,
    batch: Tensor,
    phase: tuple[int, int],
    gram_weight: float,
    precision: torch.dtype,
) -> tuple[Tensor, dict[str, float]]:
    """How far the student's predictions are from what the teacher sees, in features and in Gram matrices.

    Both are relative to the teacher's, layer by layer and picture by picture. In the two finest blocks every second
    row and column is compared, from `phase` on: neighbours say nearly the same.
    """
    with torch.no_grad():
        seen = teacher(batch, [f"relu{layer}" for layer in student.taps])
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == torch.bfloat16):
        own = student(batch)
    total = torch.zeros(())
    parts: dict[str, float] = {}
    for layer in student.taps:
        every = 2 if layer[0] in "12" else 1
        wanted, features = (
            maps[:, :, phase[0] % every :: every, phase[1] % every :: every]
            for maps in (seen[f"relu{layer}"], own[layer])
        )
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == torch.bfloat16):
            predicted = student.predict(layer, features)
        errors = (predicted.float() - wanted.float()).square().sum((1, 2, 3))
        norms = wanted.float().square().sum((1, 2, 3))
        # The batch's mean keeps flat pictures, which have next to no features, from weighing all.
        feature_loss = (errors / (norms + 0.05 * norms.mean())).mean()
        gram = gram_matrix(wanted)
        distance = (gram_matrix(predicted) - gram).flatten(1).norm(dim=1)
        gram_loss = (distance / (gram.flatten(1).norm(dim=1) + 1e-3)).mean()
        total = total + feature_loss + gram_weight * gram_loss
        parts |= {f"f{layer}": feature_loss.item(), f"g{layer}": gram_loss.item()}
    return total, parts


def learning_rate(highest: float, step: int, done: float) -> float:
    """A short rise, then a cosine over the whole time down to nearly nothing."""
    cosine = 0.5 * (1 + math.cos(math.pi * done))
    return highest * min(1, (step + 1) / WARM_UP) * (LOWEST_RATE + (1 - LOWEST_RATE) * cosine)


@torch.no_grad()
def take_average(average: dict[str, Tensor], student: Student, step: int) -> None:
    """Draw the average towards the student; it is short at first, so that it forgets the start."""
    decay = min(AVERAGE_DECAY, step / (step + 10))
    for name, tensor in student.named_parameters():
        if name in average:
            average[name].lerp_(tensor, 1 - decay)
        else:
            average[name] = tensor.detach().clone()


def pictures(options: argparse.Namespace) -> list[Pixels]:
    sources = [*options.pictures, *(package_pictures() if options.package_pictures else ())]
    found = gather(sources)
    kept = without_twins(found, gather(options.leave_out))
    if not kept:
        raise SystemExit("no picture to learn from: give --pictures or --package-pictures")
    _log.info("%d pictures, %d more left out", len(kept), len(found) - len(kept))
    return kept


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


if __name__ == "__main__":
    main()
