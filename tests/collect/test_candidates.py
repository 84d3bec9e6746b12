import json

import pytest

from artgan.collect.candidates import Candidate


@pytest.mark.parametrize("source_id", ["a", "-_x.9", "x" * 64, "Ab..c"])
def test_ids_that_can_name_files(source_id: str) -> None:
    candidate = Candidate(source="page", source_id=source_id, image_url="https://a.example/x", tags=("a", "b"))
    assert candidate.key == f"page-{source_id}"
    assert Candidate.from_json(json.loads(json.dumps(candidate.to_json()))) == candidate


@pytest.mark.parametrize("source_id", ["", ".", "..", ".x", "a/b", "a\\b", "x" * 65, "a b", "a\n", "é", "a\0", "a:b"])
def test_ids_that_cannot(source_id: str) -> None:
    with pytest.raises(ValueError, match="no id of a picture"):
        Candidate(source="page", source_id=source_id, image_url="https://a.example/x")


@pytest.mark.parametrize("source", ["", "../x", "Page", "a-b"])
def test_names_of_sources(source: str) -> None:
    with pytest.raises(ValueError, match="no name of a source"):
        Candidate(source=source, source_id="1", image_url="https://a.example/x")
