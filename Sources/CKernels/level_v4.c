// The kernels for x86-64-v4 (AVX-512 F, BW, CD, DQ, VL).
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "kernels.h"

#define ADAPT_LEVEL 4
#define ADAPT_LEVEL_NAME v4
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#include "level.h"
#pragma clang attribute pop
#endif
