# SPDX-License-Identifier: Apache-2.0
"""Programs that serve one piece of work a line, timed in turns."""

import json
import os
import statistics
import subprocess


class Server:
    """A program that describes its work in a line and then answers each line."""

    def __init__(self, *command, waiting=None):
        """waiting: OMP_WAIT_POLICY; None leaves it to the program, 'default' to OpenMP."""
        environment = {name: value for name, value in os.environ.items()
                       if name not in ('OMP_WAIT_POLICY', 'GOMP_SPINCOUNT')}
        if waiting not in (None, 'default'):
            environment['OMP_WAIT_POLICY'] = waiting
        self.process = subprocess.Popen(list(map(str, command)), env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        self.description = json.loads(line) if line else None

    @property
    def works(self):
        return self.description is not None

    def ask(self, line):
        self.process.stdin.write(f'{line}\n')
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def seconds(self, n=1):
        return self.ask(n)

    def memory(self):
        return self.ask('memory')

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Ratio:
    """Ours by theirs, of each pair."""

    def __init__(self, ours, theirs):
        pairs = sorted(a / b for a, b in zip(ours, theirs))
        self.median, self.lowest, self.highest = statistics.median(pairs), pairs[0], pairs[-1]

    def __str__(self):
        return f'{self.median:.2f} ({self.lowest:.2f} to {self.highest:.2f})'


def alternate(runs, n_pairs):
    """Calls each in turn, so often; the seconds of each by its name."""
    times = {name: [] for name in runs}
    for _ in range(n_pairs):
        for name, run in runs.items():
            times[name].append(run())
    return times
