#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `siamban selftest` agrees with a device that computes, and not with one that makes a wrong number.
#
# usage: selftest.sh SIAMBAN
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Smaller than the one that the command has.
cat > "$folder/tiny.yaml" <<'TEXT'
BACKBONE: {TYPE: mobilenetv2, KWARGS: {used_layers: [3], width_mult: 0.25}, PRETRAINED: '',
           TRAIN_EPOCH: 1, TRAIN_LAYERS: [layer2, layer3]}
ADJUST: {ADJUST: true, TYPE: AdjustAllLayer, KWARGS: {in_channels: [8], out_channels: [8]}}
BAN: {BAN: true, TYPE: MultiBAN, KWARGS: {in_channels: [8], cls_out_channels: 2, weighted: false}}
TEXT

selftest ()
{
  "$SIAMBAN" selftest cuda:0 --config "$folder/tiny.yaml" --batch 1 --seconds 0 "$@"
}

SIAMBAN=$1
selftest | tee "$folder/text"
grep -q '^ok *convolution ' "$folder/text"
grep -q '^ok *step, training backbone ' "$folder/text"
grep -q '^ok *step in bf16, training backbone *loss' "$folder/text"
grep -q '^ok *repetition, training backbone ' "$folder/text"
grep -q '^ok *speed, training backbone .*pairs/s' "$folder/text"
grep -Eq '^ok *rates .* at [0-9.e+-]+ TFLOP/s, .* at [0-9.e+-]+ GB/s' "$folder/text"
grep -q '^ok *all-reduce *one device: skipped' "$folder/text"
! grep -q '^failed' "$folder/text"

# Without a driver it must not look like a success either.
! CUDA_SIM_DEVICES=0 selftest > "$folder/text" 2>&1 || exit 1
cat "$folder/text"

# A card that is too old for bf16 is no failure. Two of them are measured together.
CUDA_SIM_DEVICES=2 CUDA_SIM_CAPABILITY=75 selftest > "$folder/text"
cat "$folder/text"
grep -q '^ok *step in bf16, training backbone *left out: ' "$folder/text"
grep -q '^ok *all-reduce *2 devices, 67108864 bytes in .* GB/s' "$folder/text"

! CUDA_SIM_SPOIL=1 "$SIAMBAN" selftest --device cuda:0 --operations > "$folder/text" 2> "$folder/errors" || exit 1
cat "$folder/text" "$folder/errors"
grep -q '^failed *convolution ' "$folder/text"
grep -q 'checks failed' "$folder/errors"
