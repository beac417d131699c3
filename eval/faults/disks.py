"""A disk that is full, and one that can no longer be written.

In: a plan. Out: what callers were told, whether scoring went on, what was lost (nothing may be).
Both need root, to make a small disk of their own.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from eval.faults.fault import Measured, Plan, Skipped, made
from eval.faults.traffic import (
    Sending,
    check_kept,
    ingesting,
    probing,
    tell_probes,
    wait_for,
)
from eval.load.service import Service

_MB: Final = 1 << 20


def full(plan: Plan, measured: Measured) -> None:
    """Filled to the last byte under ingest, and given room again."""
    with _memory_disk(plan.folder / "full-disk", 48) as disk:
        service = made(plan, "disk-full", data_dir=disk)
        try:
            service.start()
            service.wait()
            _fill(plan, measured, service, disk)
        finally:
            service.stop()


def _fill(plan: Plan, measured: Measured, service: Service, disk: Path) -> None:
    filler = disk / "filler"
    with ingesting(service, plan.pick(50, 20)) as sending, probing(service) as seen:
        time.sleep(plan.pick(5, 1))
        began = time.monotonic()
        with filler.open("wb") as file:
            try:
                while True:
                    os.write(file.fileno(), bytes(64 * 1024))
            except OSError:
                measured.say("free", f"{_free(disk)} bytes")
        _refused(sending)
        time.sleep(plan.pick(20, 1))
        back, before = time.monotonic(), sending.kept
        filler.unlink()
        took = wait_for("a text is kept again", lambda: sending.kept > before, 30)
        measured.say("full for", f"{back - began:.0f} s")
        measured.say("kept again after", f"{took:.1f} s")
        tell_probes(seen.between(began, time.monotonic()), measured, "meanwhile")
    measured.say("refused meanwhile", dict(sending.refused))
    measured.expect(set(sending.refused) <= {"503", "429"}, "it was refused by another status")
    service.stop()
    check_kept(service, sending, measured)


def read_only(plan: Plan, measured: Measured) -> None:
    """Made read-only by the kernel, as after an error; then the disk is mended."""
    with disk_that_fails(plan.folder) as (device, disk):
        service = made(plan, "disk-read-only", data_dir=disk / "data")
        try:
            service.start()
            service.wait()
            with ingesting(service, plan.pick(50, 20)) as sending, probing(service) as seen:
                time.sleep(plan.pick(5, 1))
                began = time.monotonic()
                Path(f"/sys/fs/ext4/{device.name}/trigger_fs_error").write_text(
                    "a fault is tried\n"
                )
                _refused(sending)
                time.sleep(plan.pick(20, 1))
                tell_probes(seen.between(began, time.monotonic()), measured, "meanwhile")
                measured.say("refused meanwhile", dict(sending.refused))
                service.stop()
                call("umount", disk)
                call("fsck.ext4", "-p", device, fine=(0, 1))
                call("mount", "-o", "errors=remount-ro", device, disk)
                service.start()
                service.wait()
                time.sleep(1)
            service.stop()
            check_kept(service, sending, measured)
        finally:
            service.stop()


def _refused(sending: Sending) -> None:
    wait_for("a text is refused", lambda: bool(sending.refused), 30)


def _free(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


@contextmanager
def _memory_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    _needs_root()
    folder.mkdir(parents=True, exist_ok=True)
    call("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder)
    try:
        yield folder
    finally:
        call("umount", folder)


@contextmanager
def disk_that_fails(folder: Path) -> Iterator[tuple[Path, Path]]:
    """A device and where it is mounted; the kernel can be told that it fails."""
    _needs_root()
    image, disk = folder / "disk.img", folder / "failing-disk"
    disk.mkdir(parents=True, exist_ok=True)
    with image.open("wb") as file:
        file.truncate(64 * _MB)
    call("mkfs.ext4", "-q", "-F", image)
    device = Path(call("losetup", "--find", "--show", image).strip())
    try:
        call("mount", "-o", "errors=remount-ro", device, disk)
        try:
            yield device, disk
        finally:
            call("umount", disk)
    finally:
        call("losetup", "--detach", device)
        image.unlink()


def _needs_root() -> None:
    if os.geteuid() != 0:
        raise Skipped("needs root, to mount a small disk")


def call(*command: object, fine: tuple[int, ...] = (0,)) -> str:
    """What a command prints. Raises Skipped where it is missing, or ends otherwise than `fine`."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise Skipped(f"needs {words[0]}") from error
    if done.returncode not in fine:
        raise Skipped(f"{' '.join(words)} failed here: {done.stderr.strip()}")
    return done.stdout
