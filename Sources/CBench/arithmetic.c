// The peak of f32 multiply-adds: twelve independent chains hide the latency of a fused multiply-add on two
// ports. Values settle at y / (1 - x), so nothing overflows or becomes denormal.
#include "CBench.h"

#define CHAINS 12

// One round over all chains; the empty assembler keeps each chain in a register of its own.
#define ROUNDS(vector, multiply_add, constraint)                  \
  for (long round = 0; round < rounds; round++) {                 \
    for (int k = 0; k < CHAINS; k++) r[k] = multiply_add(r[k], x, y); \
    for (int k = 0; k < CHAINS; k++) __asm__ volatile("" : "+" constraint(r[k])); \
  }

typedef float lanes4 __attribute__((vector_size(16)));

static float total(const float *values, int count) {
  float sum = 0;
  for (int i = 0; i < count; i++) sum += values[i];
  return sum;
}

#define MULTIPLY_ADD(a, x, y) ((a) * (x) + (y))

static float run_portable(long rounds, float seed) {
  const lanes4 x = {0.5f, 0.5f, 0.5f, 0.5f};
  const lanes4 y = {seed, seed, seed, seed};
  lanes4 r[CHAINS];
  for (int k = 0; k < CHAINS; k++) r[k] = y;
#if defined(__x86_64__) || defined(__i386__)
  ROUNDS(lanes4, MULTIPLY_ADD, "x")
#elif defined(__aarch64__)
  ROUNDS(lanes4, MULTIPLY_ADD, "w")
#else
  ROUNDS(lanes4, MULTIPLY_ADD, "m")
#endif
  return total((const float *)r, CHAINS * 4);
}

#if defined(__x86_64__)
#include <immintrin.h>

#define FUSED8(a, x, y) _mm256_fmadd_ps(a, x, y)
#define FUSED16(a, x, y) _mm512_fmadd_ps(a, x, y)

__attribute__((target("avx2,fma"))) static float run_avx2(long rounds, float seed) {
  const __m256 x = _mm256_set1_ps(0.5f), y = _mm256_set1_ps(seed);
  __m256 r[CHAINS];
  for (int k = 0; k < CHAINS; k++) r[k] = y;
  ROUNDS(__m256, FUSED8, "x")
  return total((const float *)r, CHAINS * 8);
}

__attribute__((target("avx512f"))) static float run_avx512(long rounds, float seed) {
  const __m512 x = _mm512_set1_ps(0.5f), y = _mm512_set1_ps(seed);
  __m512 r[CHAINS];
  for (int k = 0; k < CHAINS; k++) r[k] = y;
  ROUNDS(__m512, FUSED16, "v")
  return total((const float *)r, CHAINS * 16);
}

// Lanes of the widest vectors with a fused multiply-add.
static int widest(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return 16;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 8;
  return 4;
}
#else
static int widest(void) { return 4; }
#endif

float bench_multiply_add(long rounds, float seed) {
#if defined(__x86_64__)
  if (widest() == 16) return run_avx512(rounds, seed);
  if (widest() == 8) return run_avx2(rounds, seed);
#endif
  return run_portable(rounds, seed);
}

long bench_round_operations(void) { return 2L * CHAINS * widest(); }
