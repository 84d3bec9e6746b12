import pytest

from artgan.config.values import format_seeds, parse_duration, parse_layers, parse_memory, parse_seeds, split_weight
from artgan.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("1.5h", 5400), ("1h30m", 5400), ("45", 45), ("0.5", 0.5)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text, "--budget") == seconds


@pytest.mark.parametrize("text", ["", "soon", "10x", "m15", "0s", "-5s", "15 m", "1d"])
def test_durations_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--budget is a time"):
        parse_duration(text, "--budget")


@pytest.mark.parametrize(
    ("text", "size"),
    [("4G", 4 * 2**30), ("2", 2 * 2**30), ("1.5GiB", 1.5 * 2**30), ("800m", 800 * 2**20), ("1 TB", 2**40)],
)
def test_sizes_of_memory(text: str, size: float) -> None:
    assert parse_memory(text, "--max-memory") == size


@pytest.mark.parametrize("text", ["", "much", "4K", "0G", "-1G", "4 GBit", "G"])
def test_sizes_of_memory_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--max-memory is a size such as 4G or 800M"):
        parse_memory(text, "--max-memory")


def test_layers() -> None:
    assert parse_layers("relu1_1:0.2, relu2_1", "--style-layers") == {"relu1_1": 0.2, "relu2_1": 1.0}


@pytest.mark.parametrize(
    "text", ["", "relu1_1,,relu2_1", "relu1_1:0", "relu1_1:-1", "relu1_1:nan", "relu1_1:", "a,a", ":1"]
)
def test_layers_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--style-layers"):
        parse_layers(text, "--style-layers")


@pytest.mark.parametrize(
    ("text", "name", "weight"),
    [
        ("starry.jpg", "starry.jpg", 1.0),
        ("starry.jpg:0.7", "starry.jpg", 0.7),
        ("swirls:2e-1", "swirls", 0.2),
        ("C:\\art\\starry.jpg", "C:\\art\\starry.jpg", 1.0),
        ("C:\\art\\starry.jpg:3", "C:\\art\\starry.jpg", 3.0),
        ("example:cat", "example:cat", 1.0),
        (":5", ":5", 1.0),
    ],
)
def test_weights(text: str, name: str, weight: float) -> None:
    assert split_weight(text, "--style") == (name, weight)


@pytest.mark.parametrize("text", ["a.jpg:0", "a.jpg:-1", "a.jpg:1e999"])
def test_weights_refused(text: str) -> None:
    with pytest.raises(UsageError, match="weights above zero"):
        split_weight(text, "--style")


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("7", (7,)), ("0-3,20", (0, 1, 2, 3, 20)), ("5, 1-2", (5, 1, 2)), ("9-9", (9,)), (f"{2**63 - 1}", (2**63 - 1,))],
)
def test_seeds(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text, "--seeds") == seeds
    assert parse_seeds(format_seeds(seeds), "--seeds") == seeds


@pytest.mark.parametrize(
    "text", ["", "a", "1,", "3-1", "-4", "1.5", "0-9999999", "1,2,1", "0-3,2", f"{2**63}", "1-2-3"]
)
def test_seeds_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--seeds "):
        parse_seeds(text, "--seeds")


def test_seeds_are_written_shortly() -> None:
    assert format_seeds([0, 1, 2, 9, 4, 5]) == "0-2,9,4-5"
