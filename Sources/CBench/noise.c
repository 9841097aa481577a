// Numbers by position: any part of any stream can be made alone, so a model is written piece by piece.
#include <math.h>

#include "CBench.h"

// A bijection of 64-bit words whose output passes as random (Stafford's variant 13 of the Murmur3 finaliser).
static inline uint64_t mixed(uint64_t z) {
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

void bench_noise(uint64_t seed, uint64_t stream, uint64_t start, size_t count, float deviation,
                 float *out) {
  const uint64_t key = mixed(mixed(seed + UINT64_C(0x9E3779B97F4A7C15)) + stream);
  // Four uniform numbers of 0...65535 have the mean 131070 and the variance (65536² - 1) / 3.
  const float scale = (float)(deviation / sqrt((65536.0 * 65536.0 - 1) / 3));
  for (size_t i = 0; i < count; i++) {
    const uint64_t word = mixed(key + (start + i + 1) * UINT64_C(0x9E3779B97F4A7C15));
    const int32_t sum = (int32_t)((word & 0xFFFF) + (word >> 16 & 0xFFFF) + (word >> 32 & 0xFFFF) +
                                  (word >> 48));
    out[i] = (float)(sum - 131070) * scale;
  }
}
