/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "siamban.h"

static void
test_sides (void)
{
  g_autoptr (SiambanBox) box = siamban_box_new (10, 20, 40, 60);
  g_autoptr (SiambanBox) same = siamban_box_new_from_center (25, 40, 30, 40);
  g_autoptr (SiambanBox) copy = siamban_box_copy (box);
  g_autofree char *text = siamban_box_to_string (box);

  g_assert_cmpfloat (siamban_box_get_width (box), ==, 30);
  g_assert_cmpfloat (siamban_box_get_height (box), ==, 40);
  g_assert_cmpfloat (siamban_box_get_center_x (box), ==, 25);
  g_assert_cmpfloat (siamban_box_get_center_y (box), ==, 40);
  g_assert_cmpfloat (siamban_box_get_area (box), ==, 1200);
  g_assert_true (siamban_box_equal (box, same));
  g_assert_true (siamban_box_equal (box, copy));
  g_assert_cmpstr (text, ==, "(10, 20, 40, 60)");
}

static void
test_validity (void)
{
  const SiambanBox reversed = { 10, 0, 0, 10 };
  const SiambanBox reversed_twice = { 10, 10, 0, 0 };
  const SiambanBox not_a_number = { 0, 0, NAN, 10 };
  const SiambanBox good = { -5, -5, 5, 5 };

  g_assert_false (siamban_box_is_valid (&reversed));
  g_assert_false (siamban_box_is_valid (&reversed_twice));
  g_assert_cmpfloat (siamban_box_get_area (&reversed_twice), ==, 0);
  g_assert_false (siamban_box_is_valid (&not_a_number));
  g_assert_true (siamban_box_is_valid (&good));
  g_assert_false (siamban_box_equal (&good, &reversed));
}

static void
test_iou (void)
{
  const SiambanBox box = { 0, 0, 10, 10 };
  const SiambanBox half = { 5, 0, 15, 10 };
  const SiambanBox apart = { 20, 20, 30, 30 };
  const SiambanBox empty = { 3, 3, 3, 3 };

  g_assert_cmpfloat (siamban_box_get_iou (&box, &box), ==, 1);
  g_assert_cmpfloat_with_epsilon (siamban_box_get_iou (&box, &half), 1.0 / 3.0, 1e-15);
  g_assert_cmpfloat (siamban_box_get_iou (&box, &apart), ==, 0);
  g_assert_cmpfloat (siamban_box_get_iou (&empty, &empty), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/box/sides", test_sides);
  g_test_add_func ("/box/validity", test_validity);
  g_test_add_func ("/box/iou", test_iou);

  return g_test_run ();
}
