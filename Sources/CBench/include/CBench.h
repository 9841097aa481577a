// What a processor can do at most, and cheap reproducible noise: loops that only the benchmark program needs.
#ifndef ADAPT_CBENCH_H
#define ADAPT_CBENCH_H

#include <stddef.h>
#include <stdint.h>

// `bytes` of zeroed memory of its own, with huge pages asked for where the system has them; NULL when
// there is none. To be given back with bench_unmap.
void *bench_map(size_t bytes);
void bench_unmap(void *base, size_t bytes);

// Sum of x[0..count), read as fast as one thread can.
float bench_sum(const float *x, size_t count);

// Runs `rounds` rounds of independent multiply-adds in f32 registers with the widest vectors this processor
// has; `seed` keeps the compiler from knowing the result.
float bench_multiply_add(long rounds, float seed);

// Multiplications and additions of one round.
long bench_round_operations(void);

// out[i] = deviation · z(seed, stream, start + i) for i in 0..<count: z is the sum of four uniform 16-bit
// numbers, centred and scaled to variance 1 (nearly normal, |z| < 3.47). Integers until the last product, so
// equal on every machine.
void bench_noise(uint64_t seed, uint64_t stream, uint64_t start, size_t count, float deviation,
                 float *out);

#endif
