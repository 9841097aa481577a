// Dropout by counter.
#include "philox.h"
#include "vector.h"

static void KERNEL(adapt_dropout)(const float *x, long count, uint64_t start, const uint32_t key[2],
                                const uint32_t stream[2], uint32_t threshold, float scale, float *out) {
  uint64_t block = start / 4;
  long word = (long)(start % 4), i = 0;
  for (; i < count; block++, word = 0) {
    uint32_t c[4] = {(uint32_t)block, (uint32_t)(block >> 32), stream[0], stream[1]};
    philox(c, key[0], key[1]);
    for (; word < 4 && i < count; word++, i++) out[i] = c[word] >= threshold ? x[i] * scale : 0;
  }
}
