// Kernels in C, only where neither BLAS nor Swift SIMD reaches the hardware limit.
//
// Unless said otherwise matrices are dense, row-major f32; `stride` is the distance between rows in elements.
// No pointer needs an alignment beyond that of its elements. Every kernel accepts 0 rows and 0 columns and
// has a naive twin in the tests. Each exists for several instruction sets; the best one the processor has is
// picked at the first call, or the one that ADAPT_KERNEL_LEVEL asks for (1 to 4, see adapt_best_level).
#ifndef ADAPT_CKERNELS_H
#define ADAPT_CKERNELS_H

#include <stdint.h>

// The instruction set in use: "x86-64-v4", "x86-64-v3", "x86-64-v2" or "portable".
const char *adapt_kernel_level(void);

// The best level of this processor: 4, 3, 2 for x86-64-v4, -v3, -v2, else 1.
int adapt_best_level(void);

#include "dense.h"
#include "gradients.h"
#include "kernels.h"
#include "learning.h"
#include "resting.h"

// One breath of a spinning thread.
static inline void adapt_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

#endif
