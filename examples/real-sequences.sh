#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Trains MobileNetV2 on sequences of real frames, tracks them and prints how well.
#
# usage: real-sequences.sh SEQUENCES WEIGHTS [FOLDER]     needs `siamban` in PATH
#   SEQUENCES  a folder of folders of frames, each with a groundtruth.txt
#   WEIGHTS    MobileNetV2 trained on ImageNet, a .pth file
#   FOLDER     takes the crops, the run and the boxes
set -eu

if [ $# -lt 2 ]; then
  sed -n '5,8s/^# //p' "$0" >&2
  exit 2
fi

root=$(cd "$(dirname "$0")/.." && pwd)
sequences=$1
weights=$2
folder=${3:-$root/demo-real}
config=$root/configs/siamban_mobilenetv2_own.yaml

mkdir -p "$folder"

echo "== Crops"
siamban prepare frames --output "$folder/crops" "$sequences"

echo "== Training"
rm -rf "$folder/run"
siamban train "$config" --output "$folder/run" \
  --set "BACKBONE.PRETRAINED=$weights" \
  --set "DATASET.OWN.ROOT=$folder/crops" \
  --set "DATASET.OWN.ANNO=$folder/crops/train.json"

echo "== Tracking"
snapshot=$(ls -t "$folder"/run/snapshot/checkpoint_e*.pth | head -n 1)
set --
for sequence in "$sequences"/*/; do
  set -- "$@" --frames "$sequence"
done
rm -rf "$folder/boxes"
siamban track --config "$folder/run/config.yaml" --snapshot "$snapshot" \
  --output "$folder/boxes" "$@"

siamban eval --static --result "$folder/boxes" --truth "$sequences"
