#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The whole path on real images: frames to crops, thirty iterations of the unmodified ResNet-50
# configuration, a checkpoint, a track. Needs SIAMBAN_REAL_DATA; exit status 77 is a skip.
set -eu

sequences=${SIAMBAN_REAL_DATA:-}/sequences
if [ ! -d "$sequences" ]; then
  echo "skipped: SIAMBAN_REAL_DATA names no folder with sequences"
  exit 77
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

siamban prepare frames "$sequences/otb-crossing" "$sequences/vot-bag" --output "$folder/crops"

siamban train "$SIAMBAN_CONFIGS/siamban_r50_l234.yaml" --output "$folder/run" \
  --set DATASET.NAMES='[REAL]' --set "DATASET.REAL.ROOT=$folder/crops" \
  --set "DATASET.REAL.ANNO=$folder/crops/train.json" --set DATASET.REAL.NUM_USE=60 \
  --set BACKBONE.PRETRAINED='' --set TRAIN.BATCH_SIZE=2 --set TRAIN.EPOCH=1 \
  --set DATASET.VIDEOS_PER_EPOCH=60 --set TRAIN.LR_WARMUP.WARMUP=false

# Thirty iterations, every loss a number, and the last ten lower than the first ten.
python3 - "$folder/run/events.jsonl" <<'PYTHON'
import json
import math
import sys

losses = [json.loads(line)['total_loss'] for line in open(sys.argv[1])]
assert len(losses) == 30, len(losses)
assert all(loss is not None and math.isfinite(loss) for loss in losses), losses
first, last = sum(losses[:10]) / 10, sum(losses[-10:]) / 10
print(f'loss of the first ten iterations {first:.3f}, of the last ten {last:.3f}')
assert last < first
PYTHON

head -n 5 "$sequences/otb-crossing/groundtruth.txt" >"$folder/truth.txt"
mkdir "$folder/clip"
for image in $(ls "$sequences"/otb-crossing/img/* | head -n 5); do
  ln -s "$image" "$folder/clip/"
done
siamban track --config "$folder/run/config.yaml" \
  --snapshot "$folder/run/snapshot/checkpoint_e1.pth" --frames "$folder/clip" \
  --init "$(head -n 1 "$folder/truth.txt" | tr '\t' ',')" --output "$folder/boxes.txt"
[ "$(wc -l <"$folder/boxes.txt")" -eq 5 ]
