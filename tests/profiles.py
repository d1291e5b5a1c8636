"""Small ICC v2 profiles for tests, built from the specification (ICC.1:2001-04), so that none has to be shipped."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
"""Display P3's red, green and blue as XYZ, adapted to D50."""

SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
"""sRGB's red, green and blue as XYZ, adapted to D50."""

_D50 = (0.9642, 1.0, 0.8249)


def _fixed(*numbers: float) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(n * 65536) for n in numbers))


def _xyz(values: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*values)


def _gamma(exponent: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256)) + b"\0\0"


def _profile(kind: bytes, space: bytes, connection: bytes, tags: Mapping[bytes, bytes]) -> bytes:
    tags = {b"desc": b"desc\0\0\0\0\0\0\0\x05test\0" + b"\0" * 79, b"cprt": b"text\0\0\0\0none\0\0\0\0", **tags}
    tags = {name: data + b"\0" * (-len(data) % 4) for name, data in tags.items()}
    table, body, place = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", place + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s", place + len(body), b"\0" * 4, 0x02100000, kind, space, connection)
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + _fixed(*_D50)
    return header.ljust(128, b"\0") + table + body


def rgb(primaries: Sequence[Sequence[float]] = P3, gamma: float = 2.2) -> bytes:
    """A display: three primaries and one exponent."""
    return _display(primaries, _gamma(gamma))


def srgb() -> bytes:
    """sRGB (IEC 61966-2-1) with its curve as a table of 256 entries, which is right to about one level of 255."""
    steps = [step / 255 for step in range(256)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in steps]
    table = struct.pack(">I256H", 256, *(round(v * 65535) for v in linear))
    return _display(SRGB, b"curv\0\0\0\0" + table)


def _display(primaries: Sequence[Sequence[float]], curve: bytes) -> bytes:
    tags = {b"wtpt": _xyz(_D50)}
    for letter, values in zip((b"r", b"g", b"b"), primaries, strict=True):
        tags |= {letter + b"XYZ": _xyz(values), letter + b"TRC": curve}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def grey(gamma: float) -> bytes:
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"wtpt": _xyz(_D50), b"kTRC": _gamma(gamma)})


def cmyk(cyan: tuple[float, float, float]) -> bytes:
    """A press whose paper is white, whose black and overprints are black, and whose cyan alone is the Lab colour given.

    Magenta and yellow alone are mid grey, so that nothing but this profile gives these colours.
    """
    corners = {(0, 0, 0, 0): (100.0, 0.0, 0.0), (1, 0, 0, 0): cyan, (0, 1, 0, 0): (50, 0, 0), (0, 0, 1, 0): (50, 0, 0)}
    grid = b""
    for corner in range(16):
        inks = tuple(corner >> bit & 1 for bit in (3, 2, 1, 0))
        light, a, b = corners.get(inks, (0.0, 0.0, 0.0))  # type: ignore[arg-type]
        grid += bytes((round(light * 2.55), round(a + 128), round(b + 128)))
    ramp = bytes(range(256))
    lut = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1) + ramp * 4 + grid + ramp * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"wtpt": _xyz(_D50), b"A2B0": lut})
