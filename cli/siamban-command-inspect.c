/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-cli.h"

gboolean
cli_inspect (int argc, char **argv, GError **error)
{
  static const CliCommand things[] = {
    { "config", cli_inspect_config, N_ ("Every key of a configuration with its value") },
    { "model", cli_inspect_model, N_ ("The network: modules, shapes, what trains when") },
    { "program", cli_inspect_program, N_ ("What an engine makes of the network") },
    { "sample", cli_inspect_sample, N_ ("A training pair as the network gets it") },
    { "weights", cli_inspect_weights, N_ ("The tensors of a file of PyTorch's") },
    { NULL },
  };

  return cli_dispatch (things, N_ ("Shows what a configuration, network or file holds."), argc,
                       argv, error);
}
