"""Domains and ways between them: by name, the shortest, and an error wherever there is a choice."""

import pytest

from artgan.errors import UsageError, WeightsError
from artgan.models.registry import ModelSpec
from artgan.painting.routes import Graph, Road, choose, directions

MONET = [("monet", "photo"), ("photo", "monet")]
HUB = [("monet", "photo"), ("photo", "monet"), ("vangogh", "photo"), ("photo", "vangogh")]


def graph(*roads: str) -> Graph:
    return Graph(Road(*road.split()) for road in roads)


def both(model: str, a: str, b: str) -> list[str]:
    return [f"{a} {b} {model}", f"{b} {a} {model}"]


@pytest.mark.parametrize(
    ("ways", "to", "source", "wanted"),
    [
        (MONET, "monet", None, "photo->monet"),
        (MONET, "photo->monet", None, "photo->monet"),
        (MONET, None, "monet", "monet->photo"),
        (MONET[:1], None, None, "monet->photo"),
        (HUB, "vangogh", None, "photo->vangogh"),
        (HUB, "photo", "vangogh", "vangogh->photo"),
        (HUB, "photo", "nothing it knows", None),
        (HUB, "photo", None, None),
    ],
)
def test_a_direction_by_name(ways: list[tuple[str, str]], to: str, source: str, wanted: str | None) -> None:
    if wanted is None:
        with pytest.raises(UsageError, match="monet->photo and by vangogh->photo"):
            choose(ways, to, model="m", source=source)
    else:
        assert choose(ways, to, model="m", source=source) == wanted


@pytest.mark.parametrize(
    ("to", "message"),
    [
        (None, "'m' leads to photo and to monet: name one, as in --to photo"),
        ("mone", "does not lead to 'mone', only to photo and monet. Did you mean 'monet'?"),
        ("photo->vangogh", "has no direction photo->vangogh, only monet->photo and photo->monet"),
    ],
)
def test_mistakes_name_what_there_is(to: str | None, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        choose(MONET, to, model="m")
    assert message in str(caught.value)


def test_a_model_without_domains_translates_nothing() -> None:
    spec = ModelSpec(architecture="dcgan", version=1, options={})
    assert directions(spec) == []
    with pytest.raises(UsageError, match="translates no pictures"):
        choose([], "monet", model="faces")


def test_directions_of_a_pair_and_of_a_hub() -> None:
    pair = ModelSpec(architecture="cyclegan", version=1, options={}, domains=("monet", "photo"))
    assert directions(pair) == MONET
    hub = ModelSpec(architecture="cyclegan", version=1, options={"hub": "photo"}, domains=("monet", "vangogh", "photo"))
    assert directions(hub) == HUB
    broken = ModelSpec(architecture="cyclegan", version=1, options={}, domains=("monet",))
    with pytest.raises(WeightsError, match="damaged"):
        directions(broken)


def test_the_shortest_way_through_others() -> None:
    roads = graph(*both("m", "monet", "photo"), *both("v", "vangogh", "photo"), *both("h", "hokusai", "vangogh"))
    assert [road.model for road in roads.route(["monet", "vangogh"])] == ["m", "v"]
    assert [road.target for road in roads.route(["monet", "hokusai", "photo"])] == [
        "photo", "vangogh", "hokusai", "vangogh", "photo",
    ]  # fmt: skip
    assert roads.domains == ("monet", "photo", "vangogh", "hokusai")


def test_a_direct_model_is_shorter() -> None:
    roads = graph(*both("m", "monet", "photo"), *both("v", "vangogh", "photo"), "monet vangogh d")
    assert [road.model for road in roads.route(["monet", "vangogh"])] == ["d"]
    assert [road.model for road in roads.route(["monet", "photo", "vangogh"])] == ["m", "v"]


@pytest.mark.parametrize(
    ("roads", "stops", "message"),
    [
        (both("m", "monet", "photo"), ["monet"], "--path names two domains or more"),
        (both("m", "monet", "photo"), ["monet", "phto"], "no model knows the domain 'phto', only monet, photo. Did"),
        (both("m", "monet", "photo"), ["monet", "monet"], "monet twice in a row"),
        (["a b m", "c b m"], ["a", "c"], "no model leads from a to c, nor several"),
        (both("m", "a", "b") + both("n", "a", "b"), ["a", "b"], "several models lead from a to b: m and n; choose by"),
        (
            ["a b 1", "b d 1", "a c 2", "c d 2"],
            ["a", "d"],
            "several ways from a to d: a,b,d and a,c,d; name the stops between",
        ),
    ],
)
def test_no_way_or_several(roads: list[str], stops: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        graph(*roads).route(stops)
    assert message in str(caught.value)
