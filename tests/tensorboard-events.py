# SPDX-License-Identifier: Apache-2.0
"""Reads the events that a training wrote for TensorBoard, without TensorBoard: frames, checksums,
messages, scalars and pictures. Where TensorBoard is installed, it reads them too."""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

from protowire import fields

LOG_GRADS = ("grad/tot", "grad/feature", "grad/head")
METERS = ("batch_time", "data_time", "cls_loss", "loc_loss", "total_loss", "time/data", "grad_norm")
N_EPOCHS, N_PER_EPOCH = 2, 3


def make_crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC_TABLE = make_crc_table()


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 255] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        assert struct.unpack_from("<I", data, at + 8)[0] == masked_crc(data[at:at + 8])
        body = data[at + 12:at + 12 + length]
        assert len(body) == length
        assert struct.unpack_from("<I", data, at + 12 + length)[0] == masked_crc(body)
        yield body
        at += 16 + length


def read_events(path):
    """(tag, step, number or image fields) of all values; the first record tells the version."""
    bodies = list(records(path.read_bytes()))
    assert dict(fields(bodies[0]))[3] == b"brain.Event:2"
    for body in bodies[1:]:
        event = dict(fields(body))
        assert struct.unpack("<d", event[1])[0] > 1.6e9
        for number, value in fields(event[5]):
            assert number == 1
            value = dict(fields(value))
            content = struct.unpack("<f", value[2])[0] if 2 in value else dict(fields(value[4]))
            yield value[1].decode(), event[2], content


def decode_png(data):
    """Width, height and the rows of an RGB image."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        chunk = data[at + 8:at + 8 + length]
        assert zlib.crc32(kind + chunk) == struct.unpack_from(">I", data, at + 8 + length)[0]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack_from(">IIBB", chunk)
            assert (depth, colour) == (8, 2)
        elif kind == b"IDAT":
            packed += chunk
        at += 12 + length
    raw, stride = zlib.decompress(packed), 3 * width
    rows, above = [], bytearray(stride)
    for y in range(height):
        method, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            a = row[i - 3] if i >= 3 else 0
            b = above[i]
            c = above[i - 3] if i >= 3 else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            row[i] = row[i] + (0, a, b, (a + b) // 2, paeth)[method] & 255
        rows.append(row)
        above = row
    return width, height, rows


def train(folder):
    run = lambda *words: subprocess.run(("siamban",) + words, check=True, stdout=subprocess.DEVNULL)
    run("synth", "--output", f"{folder}/data", "--videos", "2", "--frames", "3", "--size", "160x120",
        "--seed", "5")
    config = pathlib.Path(os.environ["SIAMBAN_CONFIGS"], "siamban_r18_small.yaml").read_text()
    lines = [line for line in config.splitlines() if not line.startswith("  PRETRAINED")]
    path = pathlib.Path(folder, "config.yaml")
    path.write_text("\n".join(lines) + "\n")
    settings = {"DATASET.SYNTH.ROOT": f"{folder}/data/crops",
                "DATASET.SYNTH.ANNO": f"{folder}/data/crops/train.json", "TRAIN.BATCH_SIZE": "2",
                "DATASET.VIDEOS_PER_EPOCH": str(2 * N_PER_EPOCH), "TRAIN.EPOCH": str(N_EPOCHS),
                "BACKBONE.TRAIN_EPOCH": "1", "TRAIN.LOG_GRADS": "true", "DATASET.NEG": "0",
                "TRAIN.EVAL_DATA": f"{folder}/data/frames", "TRAIN.EVAL_EPOCHS": "1"}
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    run("train", str(path), "--threads", "1", "--output", f"{folder}/run", *words)
    return pathlib.Path(folder, "run")


def check_scalars(values, run):
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    iterations = [event for event in events if "iteration" in event]
    validations = [event["validation"] for event in events if "validation" in event]
    by_tag = {}
    for tag, step, content in values:
        by_tag.setdefault(tag, []).append((step, content))
    for tag in METERS + LOG_GRADS:
        assert [step for step, _ in by_tag[tag]] == list(range(N_EPOCHS * N_PER_EPOCH)), tag
    for tag in ("cls_loss", "loc_loss", "total_loss", "grad_norm"):
        for (_, value), iteration in zip(by_tag[tag], iterations):
            assert abs(value - iteration[tag]) <= 1e-6 * abs(value), tag
    assert [result["epoch"] for result in validations] == list(range(1, N_EPOCHS + 1))
    assert [step for step, _ in by_tag["val/measure"]] == [
        result["iteration"] - 1 for result in validations]
    for (_, value), result in zip(by_tag["val/measure"], validations):
        assert abs(value - result["measure"]) <= 1e-6
    groups = [tag for tag in by_tag if tag.startswith("lr/group")]
    assert sorted(groups) == ["lr/group1", "lr/group2", "lr/group3"]
    for tag in groups:
        assert [step for step, _ in by_tag[tag]] == [0, N_PER_EPOCH]
    # Norms of each parameter that trains: more of them once the backbone does.
    for kind in ("grad_all", "weight_all", "w-g"):
        counts = [sum(step == at for tag in by_tag if tag.startswith(kind + "/")
                      for step, _ in by_tag[tag]) for at in (0, N_PER_EPOCH)]
        assert 0 < counts[0] < counts[1], (kind, counts)
    return by_tag


def check_pictures(by_tag):
    for name in ("samples/0", "samples/1"):
        assert [step for step, _ in by_tag[name]] == [0, N_PER_EPOCH], name
        for _, image in by_tag[name]:
            width, height, rows = decode_png(image[4])
            assert (width, height) == (127 + 255, 255) == (image[2], image[1])
            assert image[3] == 3
            green = [x for row in rows for x in range(width) if row[3 * x:3 * x + 3] == b"\0\xff\0"]
            # A box in the template and one in the search crop.
            assert sum(x < 127 for x in green) > 40 and sum(x >= 127 for x in green) > 40


def check_with_tensorboard(folder, by_tag):
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError:
        print("TensorBoard is not installed: left out")
        return
    accumulator = EventAccumulator(str(folder))
    accumulator.Reload()
    tags = accumulator.Tags()
    assert set(tags["scalars"]) | set(tags["images"]) == set(by_tag)
    assert set(tags["images"]) == {"samples/0", "samples/1"}
    print(f"TensorBoard reads {len(by_tag)} tags")


with tempfile.TemporaryDirectory() as temporary:
    run = train(temporary)
    (path,) = (run / "tb").iterdir()
    found = check_scalars(read_events(path), run)
    check_pictures(found)
    check_with_tensorboard(run / "tb", found)
    print(f"{sum(map(len, found.values()))} values under {len(found)} tags")
sys.exit(0)
