# SPDX-License-Identifier: Apache-2.0
"""Messages of protocol buffers, read from their bytes alone: the tests of what the library writes look
at it with nothing that the library uses."""


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value - (1 << 64) if value >= 1 << 63 else value, at


def fields(data):
    """(number, value) of each field of a message: whole numbers, eight, four or any bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = varint(data, at)
        else:
            length = {1: 8, 5: 4}.get(wire)
            if length is None:
                assert wire == 2, wire
                length, at = varint(data, at)
            value, at = data[at:at + length], at + length
            assert len(value) == length
        yield key >> 3, value


def message(data):
    """The values of each field, by its number."""
    found = {}
    for number, value in fields(data):
        found.setdefault(number, []).append(value)
    return found
