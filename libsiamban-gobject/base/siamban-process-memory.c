/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-process-memory-private.h"

#include <string.h>

#define KIB 1024
#define RESET_PEAK "5"

/* The number after @label at the beginning of a line of a file; 0 if there is none. */
static guint64
read_number (const char *path, const char *label)
{
  g_autofree char *text = NULL;
  const gsize length = strlen (label);
  const char *at;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;

  for (at = text; at != NULL; at = strchr (at, '\n') ? strchr (at, '\n') + 1 : NULL)
    if (strncmp (at, label, length) == 0)
      return g_ascii_strtoull (at + length, NULL, 10);

  return 0;
}

/* How the two versions of control groups call things. */
typedef struct
{
  const char *mark; /* in /proc/self/cgroup, before the path of the group */
  const char *root;
  const char *limit;
  const char *used;
  const char *cached[2]; /* in memory.stat */
} Version;

static const Version versions[] = {
  { "0::", "/sys/fs/cgroup", "memory.max", "memory.current", { "inactive_file ", "active_file " } },
  { ":memory:",
    "/sys/fs/cgroup/memory",
    "memory.limit_in_bytes",
    "memory.usage_in_bytes",
    { "total_inactive_file ", "total_active_file " } },
};

static guint64
read_group_number (const Version *version, const char *group, const char *name, const char *label)
{
  g_autofree char *path = g_build_filename (version->root, group, name, NULL);

  return read_number (path, label);
}

/* Files that are only cached give way. G_MAXUINT64 if the group has no limit. */
static guint64
measure_group (const Version *version, const char *group)
{
  const guint64 limit = read_group_number (version, group, version->limit, "");
  const guint64 used = read_group_number (version, group, version->used, "");
  guint64 cached = 0;

  /* What is no number, “max”, has no limit. */
  if (limit == 0)
    return G_MAXUINT64;
  for (gsize i = 0; i < G_N_ELEMENTS (version->cached); i++)
    cached += read_group_number (version, group, "memory.stat", version->cached[i]);

  return limit - MIN (limit, used - MIN (used, cached));
}

/* The tightest of a group and those that it is in. */
static guint64
measure_groups_above (const Version *version, const char *path)
{
  g_autofree char *group = g_strdup (path);
  guint64 available = G_MAXUINT64;
  char *end = group;

  while (end != NULL)
    {
      available = MIN (available, measure_group (version, group));
      end = strrchr (group, '/');
      if (end != NULL)
        *end = '\0';
    }

  return available;
}

static guint64
measure_groups (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint64 available = G_MAXUINT64;

  if (!g_file_get_contents ("/proc/self/cgroup", &text, NULL, NULL))
    return available;

  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i]; i++)
    for (gsize j = 0; j < G_N_ELEMENTS (versions); j++)
      {
        const char *mark = strstr (lines[i], versions[j].mark);

        if (mark != NULL)
          available = MIN (available,
                           measure_groups_above (&versions[j], mark + strlen (versions[j].mark)));
      }

  return available;
}

guint64
_siamban_process_get_available_memory (void)
{
  const guint64 machine = KIB * read_number ("/proc/meminfo", "MemAvailable:");

  return machine == 0 ? 0 : MIN (machine, measure_groups ());
}

guint64
_siamban_process_get_resident_memory (void)
{
  return KIB * read_number ("/proc/self/status", "VmRSS:");
}

guint64
_siamban_process_get_peak_memory (void)
{
  return KIB * read_number ("/proc/self/status", "VmHWM:");
}

gboolean
_siamban_process_reset_peak_memory (void)
{
  return g_file_set_contents_full ("/proc/self/clear_refs", RESET_PEAK, -1,
                                   G_FILE_SET_CONTENTS_NONE, 0, NULL);
}
