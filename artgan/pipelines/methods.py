"""What makes each `artgan train` command: options, task, judge, and where its data is from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch

from artgan.config.cgan import CganConfig
from artgan.config.cyclegan import SMALL_DOMAIN, CycleganConfig
from artgan.config.dcgan import SMALL_DATA, DcganConfig
from artgan.config.style import StyleConfig
from artgan.config.train import TrainConfig
from artgan.data.datasets import Dataset
from artgan.events import Listener
from artgan.pipelines.painter_training import contents_and_styles, open_contents_and_styles, painter_judge, painter_task
from artgan.pipelines.scoring import gan_judge
from artgan.pipelines.sources import (
    Fitted,
    domains_for,
    names_of_data,
    names_of_domains,
    one_dataset,
    open_domains,
    open_one,
)
from artgan.pipelines.translation_scoring import translation_judge
from artgan.training import cgan, cyclegan, dcgan
from artgan.training.evaluation import Judge
from artgan.training.task import Task


@dataclass(frozen=True, kw_only=True)
class Method:
    """What makes one `artgan train` command: its options, its task, what scores it, and where its data is from."""

    config: type[TrainConfig]
    build_task: Callable[..., Task]
    """Called with the options, the datasets by name, and `seed`, `device`, `precision` and `listener`."""
    judge: Callable[..., Judge | None]
    fit: Callable[..., Fitted] = one_dataset
    open: Callable[..., dict[str, Dataset]] = open_one
    label: Callable[[Mapping[str, Dataset]], str] = names_of_domains
    """What a run's folder is called after its number and the method."""
    small_data: int = 0
    """Below so many pictures the recipe "small" fills what was not asked for."""


def _without_encoders(build_task: Callable[..., Task]) -> Callable[..., Task]:
    """Of a task that sees through no encoder, which would have a precision, and might have to be downloaded."""

    def build(
        config: TrainConfig,
        data: Mapping[str, Dataset],
        *,
        seed: int,
        device: torch.device,
        precision: torch.dtype,
        listener: Listener,
    ) -> Task:
        return build_task(config, data, seed=seed, device=device)

    return build


METHODS: Mapping[str, Method] = {
    "dcgan": Method(
        config=DcganConfig,
        build_task=_without_encoders(dcgan.build_task),
        judge=partial(gan_judge, conditional=False),
        small_data=SMALL_DATA,
    ),
    "cgan": Method(
        config=CganConfig,
        build_task=_without_encoders(cgan.build_task),
        judge=partial(gan_judge, conditional=True),
    ),
    "cyclegan": Method(
        config=CycleganConfig,
        build_task=_without_encoders(cyclegan.build_task),
        judge=translation_judge,
        fit=domains_for,
        open=open_domains,
        small_data=SMALL_DOMAIN,
    ),
    "style": Method(
        config=StyleConfig,
        build_task=painter_task,
        judge=painter_judge,
        fit=contents_and_styles,
        open=open_contents_and_styles,
        label=names_of_data,
    ),
}
