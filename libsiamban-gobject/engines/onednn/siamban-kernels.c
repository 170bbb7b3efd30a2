/* SPDX-License-Identifier: Apache-2.0 */
#include "siamban-kernels-private.h"

const SiambanKernels *_siamban_kernels_generic (void);
#ifdef SIAMBAN_KERNELS_X86
const SiambanKernels *_siamban_kernels_avx2 (void);
const SiambanKernels *_siamban_kernels_avx512 (void);
#endif

const SiambanKernels *
_siamban_kernels_get (gsize lanes)
{
#ifdef SIAMBAN_KERNELS_X86
  __builtin_cpu_init ();
  if (lanes == 16)
    return _siamban_kernels_avx512 ();
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    return _siamban_kernels_avx2 ();
#endif

  return _siamban_kernels_generic ();
}
