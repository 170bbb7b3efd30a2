/* SPDX-License-Identifier: Apache-2.0 */
#include <siamban.h>
#include <stdio.h>

int
main (void)
{
  const SiambanBox box = { 10, 20, 40, 60 };

  if (siamban_box_get_area (&box) != 1200)
    return 1;
  puts ("C");

  return 0;
}
