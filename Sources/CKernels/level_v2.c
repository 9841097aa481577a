// The kernels for x86-64-v2 (SSE4.2).
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "kernels.h"

#define ADAPT_LEVEL 2
#define ADAPT_LEVEL_NAME v2
#pragma clang attribute push(__attribute__((target("arch=x86-64-v2"))), apply_to = function)
#include "level.h"
#pragma clang attribute pop
#endif
