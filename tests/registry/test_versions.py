"""Versions are added once, kept as they are, and fetched whole or not at all."""

import json
from pathlib import Path

import pytest

from modsvc.engine.engine import Engine
from modsvc.errors import ArtifactError, Conflict, NotFound, RegistryError
from modsvc.registry import versions
from modsvc.registry.storage import Storage
from tests.registry.bucket import BucketServer
from tests.tiny_artifact import reseal


def test_a_version_comes_back_as_it_was_added(
    storage: Storage, models: Path, tmp_path: Path
) -> None:
    versions.add(storage, models / "one", by="ana")
    made = versions.add(storage, models / "two", by="ana", parent="tiny-one", note="more ru")
    assert versions.everything(storage) == [versions.get(storage, "tiny-one"), made]
    assert (made.parent, made.by, made.note, made.tier) == ("tiny-one", "ana", "more ru", "open")
    folder = versions.fetch(storage, "tiny-two", tmp_path / "fetched")
    assert folder == tmp_path / "fetched" / "tiny-two"
    assert Engine.load(folder).artifact.model_version == "tiny-two"
    for path in (models / "two").iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes()
    # Fetched again, as by cron every minute: nothing is copied.
    stamp = (folder / "model.onnx").stat().st_ino
    assert versions.fetch(storage, "tiny-two", tmp_path / "fetched") == folder
    assert (folder / "model.onnx").stat().st_ino == stamp


def test_no_version_is_ever_changed(storage: Storage, models: Path) -> None:
    first = versions.add(storage, models / "one", by="ana")
    assert versions.add(storage, models / "one", by="bob", note="again") == first
    (models / "one" / "CARD.md").write_text("# Another card\n", encoding="utf-8")
    reseal(models / "one")
    with pytest.raises(Conflict, match="another model as tiny-one"):
        versions.add(storage, models / "one", by="bob")
    assert versions.everything(storage) == [first]


def test_what_an_upload_that_was_stopped_left_behind_is_no_version(
    storage: Storage, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(name: str, data: bytes) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(storage, "create", stop)
        with pytest.raises(KeyboardInterrupt):
            versions.add(storage, models / "one", by="ana")
    assert versions.everything(storage) == []
    with pytest.raises(NotFound, match="modsvc models add"):
        versions.get(storage, "tiny-one")
    assert versions.add(storage, models / "one", by="ana").version == "tiny-one"


def test_a_folder_that_would_not_serve_is_not_added(storage: Storage, models: Path) -> None:
    (models / "one" / "model.onnx").write_bytes(b"something else")
    with pytest.raises(ArtifactError, match="was altered"):
        versions.add(storage, models / "one", by="ana")
    reseal(models / "two", model_version="../../elsewhere")
    with pytest.raises(ArtifactError, match="no name for a version"):
        versions.add(storage, models / "two", by="ana")
    with pytest.raises(NotFound, match="no version tiny-none"):
        versions.add(storage, models / "three", by="ana", parent="tiny-none")
    assert versions.everything(storage) == []


def test_a_model_that_was_altered_in_the_registry_is_not_fetched(
    storage: Storage, models: Path, tmp_path: Path
) -> None:
    made = versions.add(storage, models / "one", by="ana")
    inside = f"versions/tiny-one/{made.manifest_sha256[:16]}"
    storage.upload(models / "two" / "calibration.json", f"{inside}/calibration.json")
    with pytest.raises(RegistryError, match=r"calibration\.json was altered"):
        versions.fetch(storage, "tiny-one", tmp_path / "fetched")
    # Nor with a manifest that goes with it.
    storage.upload(models / "two" / "manifest.json", f"{inside}/manifest.json")
    with pytest.raises(RegistryError, match="its manifest is another one"):
        versions.fetch(storage, "tiny-one", tmp_path / "fetched")
    assert list((tmp_path / "fetched").iterdir()) == []


def test_another_folder_of_the_name_is_left_alone(
    storage: Storage, models: Path, tmp_path: Path
) -> None:
    versions.add(storage, models / "one", by="ana")
    (tmp_path / "fetched" / "tiny-one").mkdir(parents=True)
    with pytest.raises(Conflict, match="move that folder away"):
        versions.fetch(storage, "tiny-one", tmp_path / "fetched")


def test_reports_are_kept_beside_a_version(storage: Storage, models: Path, tmp_path: Path) -> None:
    versions.add(storage, models / "one", by="ana")
    report, card = tmp_path / "gate.json", tmp_path / "gate.md"
    report.write_text('{"passed": true}', encoding="utf-8")
    card.write_text("# Passed\n", encoding="utf-8")
    names = versions.attach(storage, "tiny-one", [report, card])
    assert versions.attach(storage, "tiny-one", [report, card]) == names
    report.write_text('{"passed": false}', encoding="utf-8")
    versions.attach(storage, "tiny-one", [report])
    kept = versions.reports(storage, "tiny-one")
    assert {json.loads(data)["passed"] for data in kept.values()} == {True, False}
    assert [name.split("-", 1)[1] for name in kept] == ["gate.json", "gate.json"]


def test_a_place_that_is_none_is_explained(tmp_path: Path, models: Path) -> None:
    with pytest.raises(RegistryError, match=r"modsvc\[s3\]"):
        Storage("nowhere://bucket/models")
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(RegistryError, match="cannot be used"):
        versions.add(Storage(str(tmp_path / "file" / "registry")), models / "one", by="ana")


def test_a_bucket_that_cannot_be_reached_is_explained(
    bucket_server: BucketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket_server.use(monkeypatch)
    with pytest.raises(RegistryError, match="AWS_"):
        Storage("s3://no-such-bucket/registry").create("versions/x", b"{}")
