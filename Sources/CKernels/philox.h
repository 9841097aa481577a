// Random numbers by counter: any element of any stream without a state (Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3", SC'11; Philox 4x32 with 10 rounds).
#ifndef ADAPT_PHILOX_H
#define ADAPT_PHILOX_H

#include <stdint.h>

static inline __attribute__((always_inline)) void philox(uint32_t c[4], uint32_t k0, uint32_t k1) {
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

#endif
