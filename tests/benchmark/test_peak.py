from __future__ import annotations

import sys

from skillkit.benchmark.peak import PeakMemory, peak_mebibytes

# 64 MiB of ones, beside what the same process needs without them.
COMMAND = "from skillkit.benchmark.peak import peak_mebibytes as p; a = b'1' * ({} << 20); print('noise'); print(p())"


def test_the_peak_is_read_from_a_process_of_its_own() -> None:
    small, large = (
        PeakMemory("x", 1, "", (sys.executable, "-c", COMMAND.format(size))).run(0.0).count for size in (1, 65)
    )
    assert 60 <= large - small <= 70
    assert peak_mebibytes() > 10
