#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Processes of a launcher train as the threads of one process do, to the last bit. When one of them is killed, the
# others say which and end, and what was saved is whole.
#
# usage: mpi-ranks.sh [KILLS [ENGINE_FOLDER]]
#
# ENGINE_FOLDER: where the engine for simulated cards is; they are tried, too.
set -eu

kills=${1:-20}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export LC_ALL=C.UTF-8

# As root, with more ranks than processors, and where a process may not read another's memory. A launcher ends
# everything so many seconds after one process died.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_odls_base_sigkill_timeout=4

siamban synth --output "$folder/data" --videos 2 --frames 3 --size 160x120 --seed 5 > /dev/null
cat > "$folder/config.yaml" <<'TEXT'
BACKBONE: {TYPE: mobilenetv2, KWARGS: {used_layers: [3], width_mult: 0.25}, PRETRAINED: '',
           TRAIN_EPOCH: 1, TRAIN_LAYERS: [layer2, layer3]}
ADJUST: {ADJUST: true, TYPE: AdjustAllLayer, KWARGS: {in_channels: [8], out_channels: [8]}}
BAN: {BAN: true, TYPE: MultiBAN, KWARGS: {in_channels: [8], cls_out_channels: 2, weighted: false}}
TRAIN: {BATCH_SIZE: 1, NUM_WORKERS: 1, PRINT_FREQ: 1, LR_WARMUP: {WARMUP: false}}
DATASET: {NAMES: [SYNTH], SYNTH: {FRAME_RANGE: 2, NUM_USE: -1}}
TEXT

# train EPOCHS VIDEOS OPTION...: the last part of a command line
train () {
  epochs=$1
  videos=$2
  shift 2
  set -- siamban train "$folder/config.yaml" --threads 1 "$@" \
    --set "DATASET.SYNTH.ROOT=$folder/data/crops" \
    --set "DATASET.SYNTH.ANNO=$folder/data/crops/train.json" \
    --set "TRAIN.EPOCH=$epochs" --set "DATASET.VIDEOS_PER_EPOCH=$videos"
  # As srun --mpi=pmix starts them.
  if [ -n "${as_srun:-}" ]; then
    set -- env -u OMPI_COMM_WORLD_SIZE SLURM_STEP_NUM_TASKS="$n_ranks" "$@"
  fi
  if [ "$n_ranks" -gt 0 ]; then
    exec mpirun -n "$n_ranks" "$@"
  fi
  exec "$@"
}

# compare NAME DEVICE DEVICES N: N processes on DEVICE with one process on DEVICES
compare ()
{
  (n_ranks=0; train 2 $((2 * $4)) --devices "$3" --output "$folder/$1-threads") > "$folder/output.txt" 2>&1 ||
    { cat "$folder/output.txt"; exit 1; }
  (n_ranks=$4; train 2 $((2 * $4)) --devices "$2" --output "$folder/$1-processes") > "$folder/output.txt" 2>&1 ||
    { cat "$folder/output.txt"; exit 1; }
  for epoch in 1 2; do
    cmp "$folder/$1-threads/snapshot/checkpoint_e$epoch.pth" "$folder/$1-processes/snapshot/checkpoint_e$epoch.pth"
  done
  echo "$4 processes on $2: the bits of $3"
}

compare two cpu cpu,cpu 2
compare four cpu cpu,cpu,cpu,cpu 4
grep -q '"communication_time":[0-9.e-]*[1-9]' "$folder/four-processes/events.jsonl"
if [ $# -gt 1 ]; then
  export CUDA_SIM_DEVICES=2 SIAMBAN_ENGINE_PATH="$2"
  compare cards cuda:0 cuda:0,cuda:1 2
  export CUDA_SIM_DEVICES=4
  compare places all cuda:0,cuda:1,cuda:2,cuda:3 4
  export CUDA_SIM_DEVICES=2
  # Not by way of the host's memory; without NCCL, by that, and to the same bits.
  grep -q 'from device to device' "$folder/cards-processes/logs.txt"
  SIAMBAN_NCCL='' compare host cuda:0 cuda:0,cuda:1 2
  grep -q "in the host's memory.*NCCL is not used" "$folder/host-processes/logs.txt"
  if grep -q 'from device to device$' "$folder/host-processes/logs.txt"; then
    exit 1
  fi
  cmp "$folder/cards-threads/snapshot/checkpoint_e2.pth" "$folder/host-threads/snapshot/checkpoint_e2.pth"
fi

# The variables of srun.
(as_srun=1 n_ranks=2; train 2 4 --device cpu --output "$folder/srun") > "$folder/output.txt" 2>&1 ||
  { cat "$folder/output.txt"; exit 1; }
cmp "$folder/srun/snapshot/checkpoint_e2.pth" "$folder/two-threads/snapshot/checkpoint_e2.pth"

# Processes that MPI takes for single ones must not train alone.
if (n_ranks=0; PMI_SIZE=2 train 1 4 --device cpu --output "$folder/alone") > "$folder/output.txt" 2>&1; then
  exit 1
fi
grep -q 'MPI knows of one' "$folder/output.txt" || { cat "$folder/output.txt"; exit 1; }

# Fewer devices than processes are a mistake, and told as one.
if (n_ranks=3; train 1 6 --devices cpu,cpu --output "$folder/mistake") > "$folder/output.txt" 2>&1; then
  exit 1
fi
grep -q 'a device of its own' "$folder/output.txt"

# What is not a number on the average of all is not learnt by any: they skip, and end, together.
if (n_ranks=2; train 1 12 --device cpu --set TRAIN.CLS_WEIGHT=1e6 --set TRAIN.MAX_SKIPPED_UPDATES=3 \
      --output "$folder/guarded") > "$folder/output.txt" 2>&1; then
  exit 1
fi
grep -q '3 updates in a row were skipped.* of samples \[' "$folder/output.txt" ||
  { cat "$folder/output.txt"; exit 1; }
[ "$(grep -c '"updated":false' "$folder/guarded/events.jsonl")" = 3 ]
echo "2 processes end together after bad updates"

# Whose parent is the launcher.
ranks_of () {
  cat /proc/"$1"/task/*/children
}

# kill_one DEVICE N: one of N processes, some time after the first iteration
kill_one ()
{
  killed=$((killed + 1))
  run=$folder/killed$killed
  (n_ranks=$2; train 60 $((2 * $2)) --device "$1" --output "$run") > "$folder/output.txt" 2>&1 &
  launcher=$!
  tries=0
  until [ -s "$run/events.jsonl" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { cat "$folder/output.txt"; exit 1; }
    sleep 0.1
  done
  sleep "0.$(shuf -i 10-99 -n 1)"
  victim=$(ranks_of "$launcher" | tr ' ' '\n' | grep . | shuf -n 1)
  began=$(date +%s)
  kill -9 "$victim"
  if wait "$launcher"; then
    echo "a killed rank went unnoticed"
    exit 1
  fi
  seconds=$(($(date +%s) - began))
  [ "$seconds" -le 30 ] || { echo "it took $seconds s to end"; exit 1; }
  grep -m 1 "Rank [0-3] of $2 stopped: its process ended" "$folder/output.txt" ||
    { cat "$folder/output.txt"; exit 1; }
  for checkpoint in "$run"/snapshot/checkpoint_*.pth; do
    [ -e "$checkpoint" ] || continue
    siamban inspect weights "$checkpoint" > /dev/null || { echo "unreadable: $checkpoint"; exit 1; }
  done
}

killed=0
if [ $# -gt 1 ] && [ "$kills" -gt 0 ]; then
  kill_one cuda:0 2
fi
while [ "$killed" -lt "$kills" ]; do
  kill_one cpu 4
done

# The last of them goes on.
if [ "$kills" -gt 0 ]; then
  (n_ranks=4; train 3 8 --device cpu --resume auto --force --output "$run") > "$folder/output.txt" 2>&1 ||
    { cat "$folder/output.txt"; exit 1; }
fi
echo "$killed ranks were killed, and the others ended"
