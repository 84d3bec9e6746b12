import pytest
import torch

from artgan.painting.pyramid import fit, plan, resize


def test_the_default_pyramid_doubles_the_area_from_128() -> None:
    scales = plan(384, 512, long_side=512, steps=500)
    assert [(s.width, s.height) for s in scales] == [
        (128, 96),
        (181, 136),
        (256, 192),
        (362, 272),
        (512, 384),
    ]
    assert sum(s.steps for s in scales) == 500
    steps = [s.steps for s in scales]
    assert steps == sorted(steps, reverse=True)


@pytest.mark.parametrize(("height", "width"), [(10, 1000), (1000, 10), (1, 1), (333, 77)])
def test_any_aspect_ratio(height: int, width: int) -> None:
    for scale in plan(height, width, long_side=200, steps=10):
        assert scale.height >= 1
        assert scale.width >= 1
        assert abs(scale.long_side / max(scale.height, scale.width) - 1) < 1e-9
    assert fit(height, width, 200)[height < width] == 200 or height == width


@pytest.mark.parametrize("long_side", [16, 64, 127, 128, 129, 2000])
@pytest.mark.parametrize("steps", [1, 2, 7, 500])
def test_every_scale_has_a_step_and_the_last_is_full_size(long_side: int, steps: int) -> None:
    scales = plan(3, 4, long_side=long_side, steps=steps)
    assert scales[-1].long_side == long_side
    assert sum(s.steps for s in scales) == steps
    assert min(s.steps for s in scales) >= 1


def test_scales_too_thin_for_the_encoder_are_left_out() -> None:
    scales = plan(40, 512, long_side=512, steps=100, minimum_side=16)
    assert min(s.height for s in scales) >= 16
    assert sum(s.steps for s in scales) == 100


def test_asking_for_scales() -> None:
    assert len(plan(9, 9, long_side=512, steps=500, scales=1)) == 1
    assert len(plan(9, 9, long_side=512, steps=500, scales=3)) == 3


def test_scales_may_lie_further_apart() -> None:
    assert [s.width for s in plan(384, 512, long_side=512, steps=150, growth=4)] == [128, 256, 512]
    assert [s.width for s in plan(384, 512, long_side=512, steps=150, growth=16)] == [128, 512]
    assert [s.width for s in plan(384, 512, long_side=512, steps=150, scales=2, growth=4)] == [256, 512]


def test_resize_keeps_a_flat_colour_and_the_range() -> None:
    flat = torch.full((1, 3, 40, 30), 0.25)
    assert torch.allclose(resize(flat, 13, 17), torch.full((1, 3, 13, 17), 0.25), atol=1e-6)
    edge = (torch.arange(40) > 20).float().expand(1, 3, 40, 40).contiguous()
    up = resize(edge, 90, 90)
    assert up.min() >= 0
    assert up.max() <= 1
