// Memory and the speed at which one thread reads it.
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>

#include "CBench.h"

void *bench_map(size_t bytes) {
  void *base =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return NULL;
#ifdef MADV_HUGEPAGE
  madvise(base, bytes, MADV_HUGEPAGE);
#endif
  return base;
}

void bench_unmap(void *base, size_t bytes) { munmap(base, bytes); }

typedef float lanes __attribute__((vector_size(32), aligned(4)));

// Eight sums of eight lanes: enough loads in flight that memory, not the adder, is the limit.
#define SUM_BODY                                                      \
  lanes sums[8] = {{0}};                                              \
  size_t i = 0;                                                       \
  for (; i + 64 <= count; i += 64) {                                  \
    for (int k = 0; k < 8; k++) sums[k] += *(const lanes *)(x + i + 8 * k); \
  }                                                                   \
  for (int k = 1; k < 8; k++) sums[0] += sums[k];                     \
  float total = 0;                                                    \
  for (int k = 0; k < 8; k++) total += sums[0][k];                    \
  for (; i < count; i++) total += x[i];                               \
  return total;

static float sum_anywhere(const float *x, size_t count) { SUM_BODY }

#if defined(__x86_64__)
__attribute__((target("avx2"))) static float sum_avx2(const float *x, size_t count) { SUM_BODY }
#endif

float bench_sum(const float *x, size_t count) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) return sum_avx2(x, count);
#endif
  return sum_anywhere(x, count);
}
