"""What a synced write is worth in the moment in which the kernel makes a disk read-only.

In: how often to try. Out: how often a program that only appends records and calls `fdatasync`, with
nothing of this project in it, finds a record gone whose sync had succeeded. It tells the kernel's
share in what `eval.faults.disks.read_only` finds. Needs root, as that does.

    python -m eval.faults.synced --tries 150
"""

import argparse
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

from eval.faults.disks import call, disk_that_fails

_RECORD: Final = 4096
_NUMBER: Final = 8
#: Seconds of writing before the error, and by how much each try is later than the one before.
_BEFORE: Final = 0.3
_LATER: Final = 0.0037
_PHASES: Final = 7


def tried(folder: Path, wait: float) -> tuple[int, int]:
    """Records whose sync succeeded, and those found after the error, in a new disk in `folder`."""
    with disk_that_fails(folder) as (device, disk):
        file = os.open(disk / "log", os.O_RDWR | os.O_CREAT)
        synced = [0]
        writer = threading.Thread(target=_append, args=(file, synced))
        writer.start()
        time.sleep(wait)
        Path(f"/sys/fs/ext4/{device.name}/trigger_fs_error").write_text("a fault is tried\n")
        writer.join()
        os.close(file)
        call("umount", disk)
        call("fsck.ext4", "-p", device, fine=(0, 1))
        call("mount", "-o", "errors=remount-ro", device, disk)
        return synced[0], _found(disk / "log")


def _append(file: int, synced: list[int]) -> None:
    try:
        while True:
            number = synced[0].to_bytes(_NUMBER, "little")
            os.pwrite(file, number.ljust(_RECORD, b"\0"), synced[0] * _RECORD)
            os.fdatasync(file)
            synced[0] += 1
    except OSError:
        return


def _found(log: Path) -> int:
    """Records from the first one on, up to one that is not there."""
    data, count = log.read_bytes(), 0
    while data[count * _RECORD :][:_NUMBER] == count.to_bytes(_NUMBER, "little"):
        count += 1
    return count


def main() -> None:
    """Print how often a synced record was lost."""
    parser = argparse.ArgumentParser(prog="python -m eval.faults.synced", description=__doc__)
    parser.add_argument("--tries", type=int, default=150)
    tries = parser.parse_args().tries
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        for one in range(tries):
            synced, found = tried(Path(folder), _BEFORE + _LATER * (one % _PHASES))
            lost += found < synced
    print(f"a record whose fdatasync had succeeded was gone in {lost} of {tries} tries")


if __name__ == "__main__":
    main()
