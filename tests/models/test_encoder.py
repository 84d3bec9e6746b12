import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.models.vgg import cfgs, make_layers

from artgan.errors import UsageError, WeightsError
from artgan.models import encoder_passes
from artgan.models.encoder import IMAGENET_MEAN, IMAGENET_STD, Encoder
from artgan.models.encoder_weights import SOURCES

BLOCKS = {"1_1": 4, "1_2": 4, "2_1": 8, "2_2": 8, "3_1": 12}
LAYERS = tuple(f"relu{name}" for name in BLOCKS)


def random_tensors(seed: int = 0, heads: dict[str, int] | None = None) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    tensors, channels = {}, 3
    for name, width in BLOCKS.items():
        scale = (2 / (9 * channels)) ** 0.5
        tensors[f"conv{name}.weight"] = torch.randn(width, channels, 3, 3, generator=generator) * scale
        tensors[f"conv{name}.bias"] = torch.randn(width, generator=generator) * 0.1
        channels = width
    for name, wide in (heads or {}).items():
        tensors[f"head{name}"] = torch.randn(wide, BLOCKS[name], generator=generator)
    return tensors


def random_encoder(**options: object) -> Encoder:
    return Encoder(random_tensors(), **{"name": "random", **options})  # type: ignore[arg-type]


def naive(images: Tensor, precision: torch.dtype, pooling: str, border: str) -> dict[str, Tensor]:
    """The same network, as autograd would have it."""
    tensors = random_tensors()
    mean, std = torch.tensor([IMAGENET_MEAN, IMAGENET_STD]).view(2, 1, 3, 1, 1)
    maps, block, features = ((images - mean) / std).to(precision), "1", {}
    for name in BLOCKS:
        if name[0] != block:
            maps, block = F.max_pool2d(maps, 2) if pooling == "max" else F.avg_pool2d(maps, 2), name[0]
        mode = "replicate" if name == "1_1" and border == "replicate" else "constant"
        maps = F.pad(maps, (1, 1, 1, 1), mode=mode)
        weight, bias = tensors[f"conv{name}.weight"].to(precision), tensors[f"conv{name}.bias"].to(precision)
        maps = F.relu(F.conv2d(maps, weight, bias))
        features[f"relu{name}"] = maps
    return features


def loss_gradient(features: dict[str, Tensor], images: Tensor) -> Tensor:
    """Of a loss that weighs every value of every layer differently."""
    generator = torch.Generator().manual_seed(5)
    loss = sum(
        (maps.float() * torch.randn(maps.shape, generator=generator)).mean() for _, maps in sorted(features.items())
    )
    assert isinstance(loss, Tensor)
    return torch.autograd.grad(loss, images)[0]


@pytest.fixture(params=["packed", "plain"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With oneDNN's layouts where the processor has them, and as on any other device."""
    if request.param == "plain":
        monkeypatch.setattr(encoder_passes, "_packs", lambda weight: False)
    return str(request.param)


def picture(height: int = 21, width: int = 26, batch: int = 2) -> Tensor:
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(1))


def test_equals_torchvisions_vgg19_at_every_layer() -> None:
    torch.manual_seed(0)
    reference = make_layers(cfgs["E"])  # the whole VGG19 would draw 124 million more weights for its classifier
    layout = SOURCES["vgg19"].layout()
    state = reference.state_dict()
    tensors = {layout[f"features.{key}"]: value for key, value in state.items()}
    encoder = Encoder(tensors, name="vgg19", border="zeros")
    images = picture(33, 48, batch=1)
    features = encoder(images, encoder.layers)
    mean, std = torch.tensor([IMAGENET_MEAN, IMAGENET_STD]).view(2, 1, 3, 1, 1)
    maps, expected = (images - mean) / std, []
    with torch.no_grad():
        for module in reference:
            maps = module(maps)
            if isinstance(module, torch.nn.ReLU):
                expected.append(maps.clone())
    assert encoder.layers[:3] == ("relu1_1", "relu1_2", "relu2_1")
    assert encoder.layers[-1] == "relu5_4"
    assert list(features) == list(encoder.layers)
    for maps, reference_maps in zip(features.values(), expected, strict=True):
        assert maps.shape == reference_maps.shape
        torch.testing.assert_close(maps, reference_maps, rtol=1e-4, atol=1e-4 * float(reference_maps.max()))
    assert encoder.strides["relu5_1"] == encoder.minimum_size(["relu1_1", "relu5_1"]) == 16
    assert encoder.channels["relu4_2"] == 512


@pytest.mark.parametrize("border", ["replicate", "zeros"])
@pytest.mark.parametrize("pooling", ["max", "average"])
@pytest.mark.parametrize("layers", [LAYERS, ("relu2_1",), ("relu1_2", "relu3_1"), ("relu1_1",)], ids="-".join)
def test_features_and_gradient_are_those_of_autograd(
    layers: tuple[str, ...], pooling: str, border: str, kernels: str
) -> None:
    images = picture().requires_grad_()
    features = random_encoder(pooling=pooling, border=border)(images, layers)
    reference = {k: v for k, v in naive(images, torch.float32, pooling, border).items() if k in layers}
    for layer in layers:
        torch.testing.assert_close(features[layer], reference[layer], rtol=1e-4, atol=1e-5)
    ours, theirs = loss_gradient(features, images), loss_gradient(reference, images)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4 * float(theirs.abs().max()))


@pytest.mark.parametrize("pooling", ["max", "average"])
def test_bfloat16_is_as_close_as_autograds(pooling: str, kernels: str) -> None:
    images = picture().requires_grad_()
    features = random_encoder(pooling=pooling, precision=torch.bfloat16)(images, LAYERS)
    assert {maps.dtype for maps in features.values()} == {torch.bfloat16}
    exact = loss_gradient(naive(images, torch.float32, pooling, "replicate"), images)
    theirs = loss_gradient(naive(images, torch.bfloat16, pooling, "replicate"), images)
    ours = loss_gradient(features, images)
    assert ours.dtype == torch.float32
    assert (ours - exact).norm() <= 1.25 * (theirs - exact).norm() < 0.25 * exact.norm()


def test_a_loss_on_some_of_the_features_reaches_the_picture() -> None:
    images = picture().requires_grad_()
    features = random_encoder()(images, LAYERS)
    reference = naive(images, torch.float32, "max", "replicate")
    for chosen in (features, reference):
        for layer in ("relu3_1", "relu1_2"):
            del chosen[layer]
    torch.testing.assert_close(loss_gradient(features, images), loss_gradient(reference, images), rtol=1e-4, atol=1e-6)


def test_the_gradient_of_the_caller_is_left_alone() -> None:
    images = picture().requires_grad_()
    maps = random_encoder()(images, ["relu1_2"])["relu1_2"]
    given = torch.ones_like(maps)
    torch.autograd.grad(maps, images, given)
    assert torch.equal(given, torch.ones_like(given))


def test_changing_a_feature_before_the_backward_pass_is_an_error() -> None:
    images = picture().requires_grad_()
    maps = random_encoder()(images, ["relu2_1"])["relu2_1"]
    loss = maps.sum()
    with torch.no_grad():
        maps.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_stops_after_the_deepest_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    forward = encoder_passes.Convolution.forward

    def counted(self: encoder_passes.Convolution, maps: Tensor) -> Tensor:
        calls.append(maps.shape[-1])
        return forward(self, maps)

    monkeypatch.setattr(encoder_passes.Convolution, "forward", counted)
    assert list(random_encoder()(picture(), ["relu2_1", "relu1_1"])) == ["relu1_1", "relu2_1"]
    assert calls == [26, 26, 13]


def test_a_flat_picture_has_flat_features_with_the_replicated_border() -> None:
    flat = torch.full((1, 3, 8, 8), 0.9)
    for border, constant in (("replicate", True), ("zeros", False)):
        maps = random_encoder(border=border)(flat, ["relu1_1"])["relu1_1"]
        spread = (maps - maps[..., 4:5, 4:5]).abs().max()
        assert (spread < 1e-6) == constant


def test_nothing_is_trainable_and_nothing_is_recorded_without_need() -> None:
    encoder = random_encoder()
    assert not any(parameter.requires_grad for parameter in encoder.parameters())
    assert not encoder(picture(), ["relu2_1"])["relu2_1"].requires_grad
    with torch.no_grad():
        assert not encoder(picture().requires_grad_(), ["relu2_1"])["relu2_1"].requires_grad


def test_no_layers_no_features() -> None:
    assert random_encoder()(picture(), []) == {}


def test_pictures_of_a_batch_do_not_see_each_other() -> None:
    images = picture(batch=3)
    together = random_encoder()(images, ["relu3_1"])["relu3_1"]
    alone = random_encoder()(images[1:2], ["relu3_1"])["relu3_1"]
    torch.testing.assert_close(together[1:2], alone, rtol=1e-5, atol=1e-6)


def test_metric_measures_as_the_network_it_stands_for() -> None:
    heads = {"1_1": 6, "2_2": 16}
    tensors = random_tensors(heads=heads)
    encoder = Encoder(tensors, name="embedded", precision=torch.bfloat16)
    assert encoder.layers == ("relu1_1", "relu2_2")
    assert encoder.channels == {"relu1_1": 6, "relu2_2": 16}
    metric = encoder.metric("relu2_2")
    assert metric is not None
    assert metric.dtype == torch.float32
    assert torch.equal(metric, metric.T)
    assert torch.linalg.eigvalsh(metric).min() > -1e-4
    features = encoder(picture(), encoder.layers)["relu2_2"].float().flatten(2)
    a, b = features
    predicted_a, predicted_b = tensors["head2_2"] @ a, tensors["head2_2"] @ b
    ours = torch.einsum("cp,cd,dp->", a - b, metric, a - b)
    torch.testing.assert_close(ours, (predicted_a - predicted_b).square().sum())
    gram = a @ a.T - b @ b.T
    predicted_gram = predicted_a @ predicted_a.T - predicted_b @ predicted_b.T
    torch.testing.assert_close(
        torch.trace(metric @ gram @ metric @ gram), predicted_gram.square().sum(), rtol=1e-4, atol=0
    )
    assert random_encoder().metric("relu2_2") is None


def test_unknown_layer_says_what_there_is() -> None:
    with pytest.raises(UsageError, match=r"random has no layer 'relu2-1'; it has relu1_1, .*Did you mean 'relu2_1'\?"):
        random_encoder()(picture(), ["relu2-1"])
    with pytest.raises(UsageError, match=r"no layer 'relu1_2'; it has relu1_1\."):
        Encoder(random_tensors(heads={"1_1": 6}), name="embedded").metric("relu1_2")


def test_too_small_a_picture() -> None:
    with pytest.raises(UsageError, match=r"26x3 px is too small for relu3_1: both sides must be at least 4 px"):
        random_encoder()(picture(3, 26), ["relu1_1", "relu3_1"])
    assert random_encoder()(picture(4, 4), ["relu3_1"])["relu3_1"].shape[-2:] == (1, 1)


def test_moving_or_casting_is_refused_instead_of_ignored() -> None:
    with pytest.raises(TypeError, match="pass device and precision"):
        random_encoder().to(torch.bfloat16)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"conv2_1.weight": torch.zeros(8, 5, 3, 3)}, "conv2_1 does not fit"),
        ({"conv1_1.weight": torch.zeros(4, 3, 5, 5)}, "conv1_1 does not fit"),
        ({"conv2_2.bias": torch.zeros(7)}, "conv2_2 does not fit"),
        ({"head2_2": torch.zeros(16, 9)}, "head of relu2_2 is 16x9; it must be"),
    ],
)
def test_tensors_that_do_not_fit(change: dict[str, Tensor], message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        Encoder(random_tensors() | change, name="random")


def test_no_convolutions() -> None:
    with pytest.raises(WeightsError, match="no convolution"):
        Encoder({}, name="random")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_cuda_gives_the_same(precision: torch.dtype) -> None:
    here, there = picture().requires_grad_(), picture().cuda().requires_grad_()
    ours = loss_gradient(random_encoder()(here, LAYERS), here)
    encoder = random_encoder(precision=precision, device=torch.device("cuda"))
    theirs = loss_gradient({k: v.cpu() for k, v in encoder(there, LAYERS).items()}, there).cpu()
    assert (ours - theirs).norm() < (0.25 if precision == torch.bfloat16 else 1e-2) * ours.norm()
