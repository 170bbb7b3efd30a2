/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-checkpoint-private.h"

#include <string.h>

#include "siamban-error.h"
#include "siamban-safetensors-private.h"
#include "siamban-torch-file-reader-private.h"

/* A legacy file of PyTorch 0.3 nests dictionaries no deeper than this. */
#define MAX_LISTED_KEYS 8

/* Other entries than tensors, such as versions, are no weights and are left out. */
static gboolean
read_state_dict (SiambanCheckpoint *self,
                 SiambanTorchFile *file,
                 const SiambanPickleValue *dict,
                 GError **error)
{
  for (guint i = 0; i + 1 < dict->items->len; i += 2)
    {
      const char *name = _siamban_pickle_value_get_string (g_ptr_array_index (dict->items, i));
      const SiambanPickleValue *value = g_ptr_array_index (dict->items, i + 1);
      g_autoptr (SiambanTensor) tensor = NULL;

      if (name == NULL || value->kind != SIAMBAN_PICKLE_TENSOR)
        continue;

      tensor = _siamban_torch_file_read_tensor (file, value, error);
      if (tensor == NULL)
        {
          g_prefix_error (error, "“%s”: ", name);
          return FALSE;
        }
      siamban_checkpoint_set_tensor (self, name, tensor);
    }

  return TRUE;
}

static char *
list_keys (const SiambanPickleValue *dict)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i + 1 < dict->items->len && i < 2 * MAX_LISTED_KEYS; i += 2)
    {
      const char *name = _siamban_pickle_value_get_string (g_ptr_array_index (dict->items, i));

      if (name != NULL)
        g_string_append_printf (text, "%s“%s”", text->len > 0 ? ", " : "", name);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static double
lookup_number (const SiambanPickleValue *dict, const char *key)
{
  const SiambanPickleValue *value = _siamban_pickle_value_lookup (dict, key);
  double number = 0;

  if (value != NULL)
    _siamban_pickle_value_get_number (value, &number);

  return number;
}

/* The buffers by the number of their parameter: borrowed values. */
static GHashTable *
index_buffers (const SiambanPickleValue *state)
{
  GHashTable *buffers = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (guint i = 0; i + 1 < state->items->len; i += 2)
    {
      const SiambanPickleValue *entry = g_ptr_array_index (state->items, i + 1);
      SiambanPickleValue *buffer = _siamban_pickle_value_lookup (entry, "momentum_buffer");
      gint64 number;

      if (buffer != NULL && buffer->kind == SIAMBAN_PICKLE_TENSOR &&
          _siamban_pickle_value_get_integer (g_ptr_array_index (state->items, i), &number))
        g_hash_table_insert (buffers, g_memdup2 (&number, sizeof number), buffer);
    }

  return buffers;
}

static gboolean
read_group (SiambanCheckpoint *self,
            SiambanTorchFile *file,
            const SiambanPickleValue *dict,
            GHashTable *buffers,
            GError **error)
{
  const SiambanPickleValue *parameters = _siamban_pickle_value_lookup (dict, "params");
  SiambanCheckpointGroup *group = _siamban_checkpoint_group_new ();

  g_ptr_array_add (self->groups, group);
  group->lr = lookup_number (dict, "lr");
  group->initial_lr = lookup_number (dict, "initial_lr");
  group->momentum = lookup_number (dict, "momentum");
  group->weight_decay = lookup_number (dict, "weight_decay");

  for (guint i = 0;
       parameters != NULL && parameters->kind == SIAMBAN_PICKLE_LIST && i < parameters->items->len;
       i++)
    {
      SiambanTensor *tensor = NULL;
      SiambanPickleValue *buffer;
      gint64 number;

      buffer = _siamban_pickle_value_get_integer (g_ptr_array_index (parameters->items, i), &number)
                   ? g_hash_table_lookup (buffers, &number)
                   : NULL;
      if (buffer != NULL)
        {
          tensor = _siamban_torch_file_read_tensor (file, buffer, error);
          if (tensor == NULL)
            return FALSE;
        }
      g_ptr_array_add (group->buffers, tensor);
    }

  return TRUE;
}

/* An optimiser of another kind has no momentum of ours: its groups come without. */
static gboolean
read_optimizer (SiambanCheckpoint *self,
                SiambanTorchFile *file,
                const SiambanPickleValue *optimizer,
                GError **error)
{
  const SiambanPickleValue *state = _siamban_pickle_value_lookup (optimizer, "state");
  const SiambanPickleValue *groups = _siamban_pickle_value_lookup (optimizer, "param_groups");
  g_autoptr (GHashTable) buffers = NULL;

  if (state == NULL || state->kind != SIAMBAN_PICKLE_DICT || groups == NULL ||
      groups->kind != SIAMBAN_PICKLE_LIST)
    return TRUE;

  buffers = index_buffers (state);
  for (guint i = 0; i < groups->items->len; i++)
    if (!read_group (self, file, g_ptr_array_index (groups->items, i), buffers, error))
      return FALSE;

  return TRUE;
}

/* A count, or -1. */
static gint64
read_count (const SiambanPickleValue *root, const char *key)
{
  const SiambanPickleValue *value = _siamban_pickle_value_lookup (root, key);
  gint64 number;

  return value != NULL && _siamban_pickle_value_get_integer (value, &number) && number >= 0 ? number
                                                                                            : -1;
}

static gboolean
read_root (SiambanCheckpoint *self,
           SiambanTorchFile *file,
           const SiambanPickleValue *root,
           GError **error)
{
  const SiambanPickleValue *state_dict = _siamban_pickle_value_lookup (root, "state_dict");
  const SiambanPickleValue *optimizer = _siamban_pickle_value_lookup (root, "optimizer");
  gint64 epoch;

  if (root->kind != SIAMBAN_PICKLE_DICT ||
      (state_dict != NULL && state_dict->kind != SIAMBAN_PICKLE_DICT))
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS,
                   "“%s”: %s was saved, expected a state_dict or a dictionary with one",
                   self->source,
                   _siamban_pickle_value_get_name (state_dict != NULL ? state_dict : root));
      return FALSE;
    }

  if (!read_state_dict (self, file, state_dict != NULL ? state_dict : root, error))
    return FALSE;
  if (self->tensors->len == 0)
    {
      g_autofree char *keys = list_keys (state_dict != NULL ? state_dict : root);

      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS,
                   "“%s”: no tensors, expected a state_dict or a dictionary with a key "
                   "“state_dict”; its keys are %s",
                   self->source, *keys != '\0' ? keys : "none");
      return FALSE;
    }

  epoch = read_count (root, "epoch");
  if (epoch <= G_MAXINT)
    self->epoch = (int) epoch;
  self->iteration = read_count (root, "iteration");
  self->batch_size = read_count (root, "batch_size");

  return optimizer == NULL || read_optimizer (self, file, optimizer, error);
}

static gboolean
read_torch (SiambanCheckpoint *self, GBytes *bytes, GError **error)
{
  g_autoptr (SiambanTorchFile) file = _siamban_torch_file_open_bytes (bytes, self->source, error);

  return file != NULL && read_root (self, file, _siamban_torch_file_get_root (file), error);
}

static gboolean
read_safetensors (SiambanCheckpoint *self, GBytes *bytes, GError **error)
{
  if (!_siamban_safetensors_read (self, bytes, self->source, error))
    return FALSE;
  if (self->tensors->len > 0)
    return TRUE;

  g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_INVALID_WEIGHTS, "“%s”: no tensors",
               self->source);

  return FALSE;
}

/**
 * siamban_checkpoint_new_from_file: (constructor)
 * @path: a file that PyTorch's `torch.save()` or [method@Checkpoint.save] wrote, or a safetensors
 *   file
 * @error: return location for an error
 *
 * Reads a file of weights, such as a `.pth`, `.model` or `.safetensors`. What the file is, its
 * content tells; the name does not matter.
 *
 * Nothing of the file is executed. A file that asks for other Python objects than tensors,
 * numbers, strings and containers of them is refused, also when it is damaged or would unfold to
 * far more data than it holds.
 *
 * It fails with %SIAMBAN_ERROR_IO if the file cannot be read, with %SIAMBAN_ERROR_INVALID_DATA
 * if it is damaged or of another format, with %SIAMBAN_ERROR_UNSUPPORTED if it is a TorchScript
 * program, and with %SIAMBAN_ERROR_INVALID_WEIGHTS if it holds no weights. Every message names
 * @path.
 *
 * Returns: (transfer full): the checkpoint
 *
 * Since: 0.1
 */
SiambanCheckpoint *
siamban_checkpoint_new_from_file (const char *path, GError **error)
{
  g_autoptr (GError) file_error = NULL;
  g_autoptr (GMappedFile) mapped = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (SiambanCheckpoint) self = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  mapped = g_mapped_file_new (path, FALSE, &file_error);
  if (mapped == NULL)
    {
      g_set_error (error, SIAMBAN_ERROR, SIAMBAN_ERROR_IO, "Cannot read “%s”: %s", path,
                   file_error->message);
      return NULL;
    }

  bytes = g_mapped_file_get_bytes (mapped);
  self = siamban_checkpoint_new ();
  g_free (self->source);
  self->source = g_strdup (path);
  if (!(_siamban_safetensors_detect (bytes) ? read_safetensors (self, bytes, error)
                                            : read_torch (self, bytes, error)))
    return NULL;

  return g_steal_pointer (&self);
}
