#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A few samples of generated crops, to see that the measurement still works.
#
# usage: bench-loader.sh SIAMBAN BENCH_LOADER CONFIG
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" synth --output "$folder" --seed 1 --videos 2 --frames 3 --size 320x240 --crops-only >/dev/null
"$2" "$3" --samples 4 --set 'DATASET.NAMES=[SYNTH]' --set "DATASET.SYNTH.ROOT=$folder/crops" \
  --set "DATASET.SYNTH.ANNO=$folder/crops/train.json" --set DATASET.SYNTH.FRAME_RANGE=100 \
  --set DATASET.SYNTH.NUM_USE=-1
