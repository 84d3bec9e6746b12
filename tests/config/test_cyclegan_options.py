"""Options of artgan train cyclegan."""

from typing import Any

import pytest

from artgan.config.cyclegan import CycleganConfig
from artgan.config.files import find_recipe, read_config, recipe_names
from artgan.errors import UsageError

COMMAND = "train cyclegan"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"names": "a->b,c"}, "--names takes letters"),
        ({"names": "a,,b"}, "--names takes letters"),
        ({"names": "a,a"}, "a different name for each"),
        (
            {"augment": "colour"},
            "--augment takes color, translation, cutout or none, not 'colour'. Did you mean 'color'",
        ),
        ({"generator": "unet-kaggle", "upsample": "blur"}, "--generator unet-kaggle needs --upsample transpose"),
        ({"size": 48}, "--size is a power of two"),
        ({"heads": 3}, "--heads is at most 2"),
    ],
)
def test_what_does_not_fit_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as error:
        CycleganConfig(**options)
    assert message in str(error.value)


def test_depths_by_size() -> None:
    config = CycleganConfig()
    assert [config.blocks_at(size) for size in (64, 128, 256, 512)] == [6, 6, 9, 9]
    assert [config.halvings_at(size) for size in (16, 32, 64, 256)] == [1, 2, 3, 3]
    assert CycleganConfig(blocks=4).blocks_at(512) == 4


@pytest.mark.parametrize("name", ["anime", "classic", "notebook", "quick", "small"])
def test_recipes_are_whole(name: str) -> None:
    assert name in recipe_names(COMMAND)
    CycleganConfig(**read_config(find_recipe(name, COMMAND), COMMAND, CycleganConfig))
