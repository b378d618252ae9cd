"""Feeds readers with texts that are almost real: ``scripts/fuzz [--minutes N] [TARGET …]``.

Each finding is written to ``tests/fuzz/corpus/TARGET``, from where a test replays it for ever.
"""

from __future__ import annotations

import argparse
import random
import resource
import signal
import sys
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from types import FrameType

from checker.errors import CannotWorkError, InputError
from tests.fuzz.targets import READERS, seeds

CORPUS = Path(__file__).parent / "corpus"
SECONDS = 10
"""For one input; more is a finding."""
MEMORY = 1 << 30
"""Bytes for the process; more is a finding."""
_TOKENS = [
    b"(", b")", b"'", b'"', b"$$", b"--", b"/*", b"*/", b";", b"\0", b"\xff", b"\\", b"{", b"}",
    b"[", b"]", b": ", b"- ", b"!!int ", b"&a ", b"*a ", b"@", b"@@", b"\r\n", b"\xef\xbb\xbf",
    b"%", b"\xed\xa0\x80", b"1e999", b"-1", b"null", b"9" * 30, b"\xe2\x80\xae",
]  # fmt: skip


class TooLongError(Exception):
    """An input that takes more than its time."""


def mutated(texts: list[bytes], rng: random.Random) -> bytes:
    """One of the texts with a few things moved, doubled, cut out or put in."""
    data = bytearray(rng.choice(texts))
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        to = min(len(data), at + rng.choice([1, 2, 8, 40, 400]))
        match rng.randrange(7):
            case 0:
                del data[at:to]
            case 1:
                data[at:at] = data[at:to]
            case 2:
                data[at:at] = rng.choice(_TOKENS) * rng.choice([1, 1, 1, 2, 50, 2000])
            case 3:
                data[at:to] = rng.randbytes(to - at)
            case 4:
                data[at:at] = data[at:to] * rng.choice([2, 20, 200])
            case 5:
                other = rng.choice(texts)
                begin = rng.randrange(len(other) + 1)
                data[at:at] = other[begin : begin + rng.choice([4, 40, 400])]
            case _:
                del data[at:]
    return bytes(data[:200_000])


def outcome(target: str, data: bytes) -> str | None:
    """What is wrong with how a reader answers; None where nothing is."""

    def over(_: int, __: FrameType | None) -> None:
        raise TooLongError

    signal.signal(signal.SIGALRM, over)
    signal.alarm(SECONDS)
    try:
        READERS[target](data)
    except (InputError, CannotWorkError):
        return None
    except TooLongError:
        return f"more than {SECONDS} seconds"
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        return f"{type(error).__name__}: {str(error)[:100]}"
    finally:
        signal.alarm(0)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return "more than 1 GB" if used > MEMORY else None


def main() -> int:
    """Runs the targets in turn; the exit code says whether anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*READERS, []], default=[])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    targets = asked.targets or list(READERS)
    counts: Counter[str] = Counter()
    found: dict[tuple[str, str], bytes] = {}
    for target in targets:
        texts = seeds(target)
        rng = random.Random(f"{asked.seed} {target}")
        ends = time.monotonic() + asked.minutes * 60 / len(targets)
        while time.monotonic() < ends:
            data = mutated(texts, rng)
            counts[target] += 1
            wrong = outcome(target, data)
            if wrong is None or (target, wrong) in found:
                continue
            found[target, wrong] = data
            file = CORPUS / target / sha256(data).hexdigest()[:12]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            print(f"{target}: {wrong} ({file})", flush=True)
        print(f"{target}: {counts[target]:,} inputs", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
