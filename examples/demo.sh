#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Trains a small network from scratch on generated clips and tracks clips that it never saw.
#
# usage: demo.sh [FOLDER]     needs `siamban` in PATH; FOLDER takes the clips, the run and the result
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$root/demo}
config=$root/configs/siamban_r18_small.yaml

mkdir -p "$folder"

echo "== Clips to learn from, and clips to try the tracker on"
siamban synth --output "$folder/train" --seed 1 --videos 800 --frames 12 --size 320x240 --crops-only
siamban synth --output "$folder/test" --seed 1001 --videos 20 --frames 60 --size 320x240 --frames-only

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v siamban-app >/dev/null 2>&1; then
  siamban-app "$folder/run" >/dev/null 2>&1 &
fi

echo "== Training"
rm -rf "$folder/run"
siamban train "$config" --output "$folder/run" \
  --set "DATASET.SYNTH.ROOT=$folder/train/crops" \
  --set "DATASET.SYNTH.ANNO=$folder/train/crops/train.json"

echo "== Tracking clips it never saw"
snapshot=$(ls -t "$folder"/run/snapshot/checkpoint_e*.pth | head -n 1)
set --
for clip in "$folder"/test/frames/*/; do
  set -- "$@" --frames "$clip"
done
rm -rf "$folder/boxes" "$folder/overlay"
siamban track --config "$folder/run/config.yaml" --snapshot "$snapshot" \
  --output "$folder/boxes" --overlay "$folder/overlay" "$@"

echo "== The tracker, and a box that never moves"
siamban eval --static --result "$folder/boxes" --truth "$folder/test/frames"
echo "Clips with both boxes drawn in: $folder/overlay"
