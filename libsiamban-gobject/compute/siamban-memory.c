/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-memory-private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64
#define HUGE_PAGE ((gsize) 2 << 20)

/* The sanitizer watches the ends of what malloc() gives, not of mapped pages. */
#ifdef __SANITIZE_ADDRESS__
#define MAPS_PAGES FALSE
#else
#define MAPS_PAGES TRUE
#endif

static gsize
round_up (gsize n, gsize unit)
{
  return (n + unit - 1) & ~(unit - 1);
}

static gboolean
is_mapped (gsize n_bytes)
{
  return MAPS_PAGES && n_bytes >= HUGE_PAGE;
}

/* The kernel clears a page when it is touched first, by whichever thread needs it. Asking for huge
 * pages only after that would have the kernel copy all of them. */
static gpointer
map_pages (gsize n_bytes)
{
  const gsize size = round_up (n_bytes, HUGE_PAGE);
  char *mapped = mmap (NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                       -1, 0);
  char *memory;

  if (mapped == MAP_FAILED)
    return NULL;

  memory = (char *) round_up ((gsize) mapped, HUGE_PAGE);
  if (memory > mapped)
    munmap (mapped, (gsize) (memory - mapped));
  if (memory < mapped + HUGE_PAGE)
    munmap (memory + size, (gsize) (mapped + HUGE_PAGE - memory));
  /* What does not fill a huge page has small ones, of which only those count that are touched. */
  madvise (memory, n_bytes & ~(HUGE_PAGE - 1), MADV_HUGEPAGE);

  return memory;
}

gpointer
_siamban_memory_new (gsize n_bytes)
{
  const gsize size = round_up (MAX (n_bytes, 1), ALIGNMENT);
  gpointer memory;

  if (n_bytes > G_MAXSIZE / 2)
    return NULL;
  if (is_mapped (n_bytes))
    return map_pages (n_bytes);

  memory = aligned_alloc (ALIGNMENT, size);
  if (memory != NULL)
    memset (memory, 0, size);

  return memory;
}

void
_siamban_memory_free (gpointer memory, gsize n_bytes)
{
  if (memory != NULL && is_mapped (n_bytes))
    munmap (memory, round_up (n_bytes, HUGE_PAGE));
  else
    free (memory);
}
