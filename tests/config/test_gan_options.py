"""What options of the GANs exclude each other, and what the recipes say."""

from typing import Any

import pytest

from artgan.config.cgan import CganConfig
from artgan.config.dcgan import DcganConfig
from artgan.config.files import find_recipe, read_config
from artgan.errors import UsageError


@pytest.mark.parametrize(
    ("config", "options", "message"),
    [
        (DcganConfig, {"augment": "colour"}, "not 'colour'. Did you mean 'color'?"),
        (DcganConfig, {"augment": "color,none"}, "not 'none'"),
        (DcganConfig, {"r1": 1.0}, "--discriminator-norm none or spectral"),
        (DcganConfig, {"augment_target": 0.6}, "--augment-target needs --augment"),
        (DcganConfig, {"augment": "color", "augment_target": 0.6, "loss": "relativistic"}, "bce or hinge"),
        (CganConfig, {"loss": "wgan-gp", "negatives": "sum"}, "no lower bound"),
        (CganConfig, {"loss": "wgan-gp", "discriminator_norm": "batch"}, "batch norm mixes"),
    ],
)
def test_contradictions_are_refused(config: type, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        config(**options)


def test_augmentations_are_a_list() -> None:
    assert DcganConfig().augmentations == ()
    assert DcganConfig(augment="cutout, color").augmentations == ("cutout", "color")


def test_adam_follows_the_loss_of_the_conditional_gan() -> None:
    assert (CganConfig().betas, CganConfig().discriminator_steps) == ((0.5, 0.99), 1)
    assert (CganConfig(loss="wgan-gp").betas, CganConfig(loss="wgan-gp").discriminator_steps) == ((0.0, 0.9), 5)
    assert CganConfig(loss="wgan-gp", beta1=0.5, critic_steps=1).betas == (0.5, 0.9)


@pytest.mark.parametrize(
    ("command", "config", "name"),
    [
        ("train dcgan", DcganConfig, "classic"),
        ("train dcgan", DcganConfig, "small"),
        ("train cgan", CganConfig, "report"),
        ("train cgan", CganConfig, "quick"),
    ],
)
def test_recipes_are_options(command: str, config: type, name: str) -> None:
    config(**read_config(find_recipe(name, command), command, config))


def test_the_classic_recipe_is_the_default() -> None:
    assert (
        DcganConfig(**read_config(find_recipe("classic", "train dcgan"), "train dcgan", DcganConfig)) == DcganConfig()
    )


def test_the_report_differs_from_the_default_only_in_what_was_mended() -> None:
    values = read_config(find_recipe("report", "train cgan"), "train cgan", CganConfig)
    default = CganConfig(beta1=0.5, beta2=0.99)
    differing = {name for name, value in values.items() if getattr(default, name) != value}
    assert differing == {"negatives", "group_dropout", "mirror", "ema_half_life"}
