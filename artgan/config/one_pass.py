"""Options of painting in one pass, by a trained painter, and what they have no use for. Standard library only."""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from artgan.config.fields import info_of, option, option_name
from artgan.config.run import RunConfig
from artgan.errors import UsageError

METHOD = "Method"

_ONLY_OPTIMISED = frozenset(
    {
        "content_weight",
        "style_weight",
        "ratio",
        "tv_weight",
        "content_layers",
        "style_layers",
        "style_loss",
        "normalization",
    }
)


@dataclass(frozen=True, kw_only=True)
class OnePassConfig(RunConfig):
    """How a picture is painted in a style."""

    method: Literal["auto", "fast", "optimize"] = option(
        "auto",
        "How to paint with --style. optimize: by changing the picture step by step; fast: in one pass of a painter; "
        "auto: fast with a --painter, and where VGG19's weights are not on disk and no option of optimize is used.",
        panel=METHOD,
    )
    painter: str | None = option(
        None,
        "A painter in one pass that artgan train style has made, a model.safetensors or a run's folder, instead of the "
        "built-in one.",
        panel=METHOD,
        metavar="PAINTER",
    )

    def fast_by_name(self, init: str) -> bool:
        """Whether one pass is asked for, and not only, with `--init fast`, what it begins with."""
        return self.method == "fast" or (self.method == "auto" and self.painter is not None and init != "fast")

    def of_optimising(self, panels: Collection[str]) -> list[str]:
        """Fields of these panels, and others that only optimising knows."""
        fields = dataclasses.fields(self)
        return [field.name for field in fields if info_of(field).panel in panels or field.name in _ONLY_OPTIMISED]

    def only_optimised(self, panels: Collection[str], swept: Collection[str] = ()) -> list[str]:
        """Those of `of_optimising` which are not as by default or are swept."""
        default = {field.name: field.default for field in dataclasses.fields(self)}
        names = self.of_optimising(panels)
        return [name for name in names if name in swept or getattr(self, name) != default[name]]

    def check_method(self, init: str, panels: Collection[str]) -> None:
        """Raise UsageError for what one pass, or optimising, would pass over in silence."""
        if self.painter is not None and self.method == "optimize" and init != "fast":
            raise UsageError("--painter goes with --method fast, or with --init fast")
        if self.fast_by_name(init) and (names := self.only_optimised(panels)):
            raise UsageError(
                f"{option_name(names[0])} goes with --method optimize and means nothing with --method fast"
            )
