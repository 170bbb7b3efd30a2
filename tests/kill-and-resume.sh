#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Kills a training again and again, at random moments, and lets it go on: each time it must, with
# every checkpoint whole, and the last weights must be those of a training that nobody touched, as
# must be what its validations came to, one after each epoch, and which epoch was the best.
#
# usage: kill-and-resume.sh [KILLS [BATCHES]]
#
# BATCHES: of which an update is the average
set -eu

kills=${1:-6}
batches=${2:-1}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export LC_ALL=C.UTF-8

siamban synth --output "$folder/data" --videos 2 --frames 3 --size 160x120 --seed 5 > /dev/null
sed -e '/^  PRETRAINED/d' "$SIAMBAN_CONFIGS/siamban_r18_small.yaml" > "$folder/config.yaml"

# Becomes the command, so that a kill meets the training itself.
train () {
  exec siamban train "$folder/config.yaml" --threads 1 "$@" \
    --set "DATASET.SYNTH.ROOT=$folder/data/crops" \
    --set "DATASET.SYNTH.ANNO=$folder/data/crops/train.json" \
    --set TRAIN.BATCH_SIZE=1 --set "TRAIN.ACCUMULATE=$batches" \
    --set "DATASET.VIDEOS_PER_EPOCH=$((3 * batches))" --set TRAIN.EPOCH=6 \
    --set BACKBONE.TRAIN_EPOCH=2 --set TRAIN.PRINT_FREQ=1 \
    --set "TRAIN.EVAL_DATA=$folder/data/frames" --set TRAIN.EVAL_EPOCHS=1 \
    --set TRAIN.KEEP_BEST=true >> "$folder/output.txt" 2>&1
}

# How long it took differs from run to run.
validations () {
  sed -n -e '/^{"validation":/s/,"seconds":.*//p' "$1/events.jsonl"
}

started=$(date +%s%N)
(train --output "$folder/whole")
span=$(( ($(date +%s%N) - started) / 1000000 ))

n=0
left=$kills
while [ "$left" -gt 0 ]; do
  n=$((n + 1))
  train --output "$folder/run$n" --resume auto &
  pid=$!
  while [ "$left" -gt 0 ]; do
    # Up to half the time that the whole takes, so that no phase of it is spared, and now and then
    # into a checkpoint that was asked for in the middle of an epoch.
    ms=$(shuf -i "50-$((span / 2))" -n 1)
    sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
    siamban log "$folder/run$n" --snapshot > /dev/null 2>&1 || true
    sleep "0.0$(shuf -i 10-99 -n 1)"
    if ! kill -9 "$pid" 2> /dev/null; then
      break
    fi
    wait "$pid" 2> /dev/null || true
    left=$((left - 1))
    for checkpoint in "$folder/run$n"/snapshot/checkpoint_*.pth; do
      [ -e "$checkpoint" ] || continue
      siamban inspect weights "$checkpoint" > /dev/null || { echo "unreadable: $checkpoint"; exit 1; }
    done
    train --output "$folder/run$n" --resume auto &
    pid=$!
  done
  if ! wait "$pid"; then
    echo "run $n did not go on"
    tail -n 5 "$folder/output.txt"
    exit 1
  fi
  cmp "$folder/whole/snapshot/checkpoint_e6.pth" "$folder/run$n/snapshot/checkpoint_e6.pth"
  for file in checkpoint_best.pth best.json; do
    cmp "$folder/whole/snapshot/$file" "$folder/run$n/snapshot/$file"
  done
  [ "$(grep -c '^{"iteration":' "$folder/run$n/events.jsonl")" -eq 18 ] &&
    [ "$(wc -l < "$folder/run$n/events.jsonl")" -eq 24 ] &&
    [ "$(validations "$folder/run$n")" = "$(validations "$folder/whole")" ] ||
    { echo "events of run $n"; cat "$folder/run$n/events.jsonl"; exit 1; }
  rm -rf "$folder/run$n"
done

echo "$kills kills in $n trainings"
