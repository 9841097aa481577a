// Random numbers by counter: any element of any stream without a state (Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3", SC'11; Philox 4x32 with 10 rounds).
#include "CKernels.h"
#include "vector.h"

ADAPT_INLINE void philox(uint32_t c[4], uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53u * c[0], p1 = (uint64_t)0xCD9E8D57u * c[2];
    uint32_t c1 = c[1], c3 = c[3];
    c[0] = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c[1] = (uint32_t)p1;
    c[2] = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c[3] = (uint32_t)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

void adapt_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t words[4]) {
  memcpy(words, counter, 16);
  philox(words, key[0], key[1]);
}

ADAPT_KERNEL void adapt_dropout(const float *x, long count, uint64_t start, const uint32_t key[2],
                                const uint32_t stream[2], uint32_t threshold, float scale, float *out) {
  uint64_t block = start / 4;
  long word = (long)(start % 4), i = 0;
  for (; i < count; block++, word = 0) {
    uint32_t c[4] = {(uint32_t)block, (uint32_t)(block >> 32), stream[0], stream[1]};
    philox(c, key[0], key[1]);
    for (; word < 4 && i < count; word++, i++) out[i] = c[word] >= threshold ? x[i] * scale : 0;
  }
}
