/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-checkpoint-private.h"

#include "siamban-pickle-writer-private.h"
#include "siamban-torch-file-writer-private.h"

static void
begin_dict (GByteArray *pickle)
{
  _siamban_pickle_write_operation (pickle, SIAMBAN_PICKLE_EMPTY_DICT);
  _siamban_pickle_write_operation (pickle, SIAMBAN_PICKLE_MARK);
}

static void
end_dict (GByteArray *pickle)
{
  _siamban_pickle_write_operation (pickle, SIAMBAN_PICKLE_SET_ITEMS);
}

static void
begin_list (GByteArray *pickle)
{
  _siamban_pickle_write_operation (pickle, SIAMBAN_PICKLE_EMPTY_LIST);
  _siamban_pickle_write_operation (pickle, SIAMBAN_PICKLE_MARK);
}

static void
end_list (GByteArray *pickle)
{
  _siamban_pickle_write_operation (pickle, SIAMBAN_PICKLE_APPENDS);
}

static void
write_state_dict (SiambanCheckpoint *self, SiambanTorchFileWriter *writer)
{
  GByteArray *pickle = _siamban_torch_file_writer_get_pickle (writer);

  _siamban_pickle_write_global (pickle, "collections", "OrderedDict");
  _siamban_pickle_write_operation (pickle, SIAMBAN_PICKLE_EMPTY_TUPLE);
  _siamban_pickle_write_operation (pickle, SIAMBAN_PICKLE_CALL);
  _siamban_pickle_write_operation (pickle, SIAMBAN_PICKLE_MARK);
  for (guint i = 0; i < self->tensors->len; i++)
    {
      _siamban_pickle_write_string (pickle, g_ptr_array_index (self->names, i));
      _siamban_torch_file_writer_add_tensor (writer, g_ptr_array_index (self->tensors, i));
    }
  end_dict (pickle);
}

/* {number of the parameter: {"momentum_buffer": tensor}}, numbered over all groups */
static void
write_buffers (SiambanCheckpoint *self, SiambanTorchFileWriter *writer)
{
  GByteArray *pickle = _siamban_torch_file_writer_get_pickle (writer);
  guint number = 0;

  begin_dict (pickle);
  for (guint g = 0; g < self->groups->len; g++)
    {
      const SiambanCheckpointGroup *group = g_ptr_array_index (self->groups, g);

      for (guint i = 0; i < group->buffers->len; i++, number++)
        {
          SiambanTensor *buffer = g_ptr_array_index (group->buffers, i);

          if (buffer == NULL)
            continue;
          _siamban_pickle_write_integer (pickle, number);
          begin_dict (pickle);
          _siamban_pickle_write_string (pickle, "momentum_buffer");
          _siamban_torch_file_writer_add_tensor (writer, buffer);
          end_dict (pickle);
        }
    }
  end_dict (pickle);
}

static void
write_pair (GByteArray *pickle, const char *key, double number)
{
  _siamban_pickle_write_string (pickle, key);
  _siamban_pickle_write_number (pickle, number);
}

/* The entries of PyTorch's SGD; @number is that of the group's first parameter. */
static void
write_group (GByteArray *pickle, const SiambanCheckpointGroup *group, guint number)
{
  begin_dict (pickle);
  write_pair (pickle, "lr", group->lr);
  write_pair (pickle, "momentum", group->momentum);
  write_pair (pickle, "dampening", 0);
  write_pair (pickle, "weight_decay", group->weight_decay);
  _siamban_pickle_write_string (pickle, "nesterov");
  _siamban_pickle_write_boolean (pickle, FALSE);
  write_pair (pickle, "initial_lr", group->initial_lr);
  _siamban_pickle_write_string (pickle, "params");
  begin_list (pickle);
  for (guint i = 0; i < group->buffers->len; i++)
    _siamban_pickle_write_integer (pickle, number + i);
  end_list (pickle);
  end_dict (pickle);
}

static void
write_optimizer (SiambanCheckpoint *self, SiambanTorchFileWriter *writer)
{
  GByteArray *pickle = _siamban_torch_file_writer_get_pickle (writer);
  guint number = 0;

  begin_dict (pickle);
  _siamban_pickle_write_string (pickle, "state");
  write_buffers (self, writer);
  _siamban_pickle_write_string (pickle, "param_groups");
  begin_list (pickle);
  for (guint g = 0; g < self->groups->len; g++)
    {
      const SiambanCheckpointGroup *group = g_ptr_array_index (self->groups, g);

      write_group (pickle, group, number);
      number += group->buffers->len;
    }
  end_list (pickle);
  end_dict (pickle);
}

/* The original passes over what it does not know. */
static void
write_position (SiambanCheckpoint *self, GByteArray *pickle)
{
  if (self->iteration < 0 || self->batch_size < 0)
    return;

  _siamban_pickle_write_string (pickle, "iteration");
  _siamban_pickle_write_integer (pickle, self->iteration);
  _siamban_pickle_write_string (pickle, "batch_size");
  _siamban_pickle_write_integer (pickle, self->batch_size);
}

gboolean
_siamban_checkpoint_save (SiambanCheckpoint *self,
                          const char *path,
                          GCancellable *cancellable,
                          GError **error)
{
  g_autoptr (SiambanTorchFileWriter) writer = NULL;
  GByteArray *pickle;

  writer = _siamban_torch_file_writer_new ();
  pickle = _siamban_torch_file_writer_get_pickle (writer);

  begin_dict (pickle);
  if (self->epoch >= 0)
    {
      _siamban_pickle_write_string (pickle, "epoch");
      _siamban_pickle_write_integer (pickle, self->epoch);
    }
  write_position (self, pickle);
  _siamban_pickle_write_string (pickle, "state_dict");
  write_state_dict (self, writer);
  if (self->groups->len > 0)
    {
      _siamban_pickle_write_string (pickle, "optimizer");
      write_optimizer (self, writer);
    }
  end_dict (pickle);

  return _siamban_torch_file_writer_save (writer, path, cancellable, error);
}

/**
 * siamban_checkpoint_save:
 * @self: a checkpoint
 * @path: where to write
 * @error: return location for an error
 *
 * Writes the checkpoint as the original does: a dictionary with `epoch` (if known), `state_dict`
 * and `optimizer` (if there are groups), which `torch.load()` reads, also with its
 * `weights_only`.
 *
 * The file appears whole or not at all: when the disk is full or the process dies, a file that
 * had that name stays as it was.
 *
 * It fails with %SIAMBAN_ERROR_IO if the file cannot be written, and with
 * %SIAMBAN_ERROR_UNSUPPORTED beyond 3.75 GiB.
 *
 * Returns: %TRUE if the file was written
 *
 * Since: 0.1
 */
gboolean
siamban_checkpoint_save (SiambanCheckpoint *self, const char *path, GError **error)
{
  g_return_val_if_fail (SIAMBAN_IS_CHECKPOINT (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  return _siamban_checkpoint_save (self, path, NULL, error);
}
