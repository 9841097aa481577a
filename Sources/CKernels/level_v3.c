// The kernels for x86-64-v3 (AVX2, FMA, F16C).
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "kernels.h"

#define ADAPT_LEVEL 3
#define ADAPT_LEVEL_NAME v3
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#include "level.h"
#pragma clang attribute pop
#endif
