"""Options that every `artgan train` command has. Standard library only."""

from dataclasses import dataclass
from typing import Literal

from artgan.config.fields import option
from artgan.config.run import RunConfig
from artgan.config.values import parse_duration
from artgan.errors import UsageError

LENGTH = "Length"
TRAINING = "Training"
RECORDS = "Records"

LIMITS = frozenset({"steps", "images", "epochs", "budget"})
"""What ends a run."""
CHANGEABLE = LIMITS | {
    "learning_rate",
    "schedule",
    "log_every",
    "sample_every",
    "save_every",
    "evaluate_every",
    "tensorboard",
    "device",
    "precision",
}
"""What a resumed run may be given anew; everything else is what it was started with."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig(RunConfig):
    """One training run. The limits of its length are totals since the run began; the first one reached ends it."""

    steps: int | None = option(None, "Steps: updates of every network.", panel=LENGTH, minimum=1)
    images: int | None = option(None, "Pictures trained on, counting repeats.", panel=LENGTH, minimum=1)
    epochs: float | None = option(None, "Times through all pictures.", panel=LENGTH, minimum=0.001)
    budget: str | None = option(None, "Time spent training, such as 90s, 15m or 2h.", panel=LENGTH, metavar="TIME")
    size: int | None = option(
        None,
        "Side of the pictures in pixels, a power of two; by default the prepared dataset's, else 64.",
        panel=TRAINING,
        minimum=16,
        maximum=1024,
    )
    batch_size: int = option(64, "Pictures a step, over all processes.", panel=TRAINING, minimum=2, maximum=65536)
    learning_rate: float = option(2e-4, "Step size of the optimizers.", panel=TRAINING, minimum=1e-8, maximum=1)
    schedule: Literal["constant", "linear", "cosine", "hold-then-decay", "hold-80"] = option(
        "constant",
        "How the learning rate goes: constant; down to zero linearly or as a cosine; constant for the first half "
        "(hold-then-decay) or four fifths (hold-80), then linearly to zero.",
        panel=TRAINING,
    )
    mirror: bool = option(True, "Show half of the pictures mirrored, chosen at random.", panel=TRAINING)
    ema_half_life: int = option(
        10_000,
        "Half-life, in pictures, of the moving average of weights that is shared; shorter at the start; 0 shares the "
        "last weights.",
        panel=TRAINING,
        minimum=0,
    )
    log_every: int = option(50, "Steps between lines of metrics.jsonl.", panel=RECORDS, minimum=1)
    sample_every: int | None = option(
        None,
        "Steps between grids of samples; by default 1, 2, 5, 10, 20, 50, ... and from 1000 on every 1000.",
        panel=RECORDS,
        minimum=1,
    )
    save_every: str = option("5m", "Time between checkpoints.", panel=RECORDS, metavar="TIME")
    evaluate_every: int | None = option(
        None,
        "Steps between scores, by which the best is kept; by default as often as takes a twentieth of the time.",
        panel=RECORDS,
        minimum=1,
    )
    features: Literal["embedded", "vgg19", "none"] = option(
        "embedded",
        "What samples are compared with real pictures in: features of the embedded encoder, or of VGG19, which is "
        "downloaded once; none gives no scores.",
        panel=RECORDS,
    )
    tensorboard: bool = option(False, "Write TensorBoard's event files, too.", panel=RECORDS)

    def __post_init__(self) -> None:
        """Check what types and ranges cannot say."""
        super().__post_init__()
        parse_duration(self.save_every, "--save-every")
        if self.budget is not None:
            parse_duration(self.budget, "--budget")
        if self.size is not None and self.size & (self.size - 1):
            raise UsageError(f"--size is a power of two, such as 32, 64 or 128, not {self.size}")
