from pathlib import Path

import pytest

from artgan.config.files import RECIPES, dump_config, find_recipe, read_config, recipe_names
from artgan.config.transfer import TransferConfig
from artgan.errors import UsageError


def read(tmp_path: Path, text: str) -> dict[str, object]:
    path = tmp_path / "run.toml"
    path.write_text(text, encoding="utf-8")
    return read_config(path, "transfer", TransferConfig)


def test_dump_reads_back_the_same(tmp_path: Path) -> None:
    config = TransferConfig(style=('é [x] "q" \\ \x7f:0.5', "b"), size=300, budget="60s", tolerance=1e-7)
    assert TransferConfig(**read(tmp_path, dump_config(config, "transfer"))) == config


def test_underscores_serve_as_dashes_and_other_tables_are_left(tmp_path: Path) -> None:
    assert read(tmp_path, "[transfer]\nstyle_weight = 2\n[train.dcgan]\nfoo = 1\n") == {"style_weight": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[transfer]\nstile-weight = 2\n", "unknown key 'stile-weight' in .*Did you mean 'style-weight'"),
        ("[transfer\n", "is not TOML"),
        ("size = 3\n", r"has no table \[transfer\]"),
        ("transfer = 3\n", r"has no table \[transfer\]"),
    ],
)
def test_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the configuration"):
        read_config(tmp_path / "none.toml", "transfer", TransferConfig)
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is not TOML"):
        read_config(tmp_path / "b.toml", "transfer", TransferConfig)


@pytest.mark.parametrize("name", ["gatys", "portrait", "retouch", "swift"])
def test_shipped_recipes_are_valid(name: str) -> None:
    assert name in recipe_names("transfer")
    TransferConfig(**read_config(find_recipe(name, "transfer"), "transfer", TransferConfig))


def test_an_existing_file_wins_over_a_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_recipe("gatys", "transfer").parent == RECIPES / "transfer"
    Path("gatys").write_text("[transfer]\n", encoding="utf-8")
    assert find_recipe("gatys", "transfer") == Path("gatys")


def test_an_unknown_recipe_names_the_known() -> None:
    with pytest.raises(UsageError, match=r"no recipe 'gatis'; there are gatys, .*Did you mean 'gatys'"):
        find_recipe("gatis", "transfer")
