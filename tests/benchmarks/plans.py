"""How much of style transfer is measured: all of it, and tiny sizes that show that the scripts work."""

from dataclasses import dataclass

from contest import PairsPlan
from goal import GoalPlan
from strengths import StrengthPlan
from workload import CONTENT, STYLE, recipe_config


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured."""

    speed_sizes: tuple[tuple[int, int], ...]
    """Width and height."""
    speed_repeats: int
    profile: tuple[tuple[str, ...], ...]
    """Commands, the first of them with each encoder."""
    profile_repeats: int
    goal: GoalPlan
    pairs: PairsPlan
    strength: StrengthPlan
    memory_sizes: tuple[int, ...]
    limited_size: tuple[int, int]
    """Width and height of a picture that does not fit into `memory_limit`."""
    memory_limit: str
    pass_sizes: tuple[int, ...]
    pass_repeats: int
    pass_strengths: tuple[int, ...]
    pass_memory: tuple[int, int]
    """Width and height of a large picture that is painted in one pass, in one piece and in tiles."""
    pass_limits: tuple[str | None, ...]
    commands: tuple[tuple[str, ...], ...]
    command_repeats: int


_COMMAND = (CONTENT, "--style", STYLE, "--seed", "0")
_TINY = ("--size", "64", "--steps", "3")
FULL = Plan(
    speed_sizes=((256, 192), (512, 384)),
    speed_repeats=9,
    profile=(_COMMAND, (*_COMMAND, "--recipe", "swift")),
    profile_repeats=3,
    goal=GoalPlan(long_side=256, reference_steps=120, steps=200, every=10, pyramid=None),
    pairs=PairsPlan(long_side=512, plain_steps=100, entrants={"swift": recipe_config("swift")}, every=3, share=0.25),
    strength=StrengthPlan(sizes=(256, 512, 1024, 2048), strengths=(20, 50, 80), steps=200),
    memory_sizes=(512, 1024),
    limited_size=(4096, 3072),
    memory_limit="4G",
    pass_sizes=(512, 1024),
    pass_repeats=9,
    pass_strengths=(0, 25, 50, 75, 100),
    pass_memory=(4096, 4096),
    pass_limits=("20G", None),
    commands=(_COMMAND, (*_COMMAND, "--method", "optimize")),
    command_repeats=3,
)
QUICK = Plan(
    speed_sizes=((64, 48),),
    speed_repeats=2,
    profile=((*_COMMAND, *_TINY), (*_COMMAND, "--recipe", "swift", *_TINY)),
    profile_repeats=1,
    # Both so short that L-BFGS holds to the content in as many steps, as in the full plan.
    goal=GoalPlan(long_side=64, reference_steps=4, steps=5, every=2, pyramid=2),
    pairs=PairsPlan(long_side=48, plain_steps=4, entrants={"swift": recipe_config("swift")}, every=2, share=0.25),
    strength=StrengthPlan(sizes=(32, 48), strengths=(50,), steps=3),
    memory_sizes=(64,),
    limited_size=(448, 336),
    memory_limit="0.78G",
    pass_sizes=(48,),
    pass_repeats=2,
    pass_strengths=(50,),
    pass_memory=(64, 48),
    pass_limits=(None,),
    commands=((*_COMMAND, *_TINY),),
    command_repeats=1,
)
