// Picks the kernels for this processor when the first one is called.
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#include "CKernels.h"

extern const struct adapt_table adapt_table_portable;
#if defined(__x86_64__)
extern const struct adapt_table adapt_table_v2, adapt_table_v3, adapt_table_v4;
#endif

int adapt_best_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return 4;
  if (__builtin_cpu_supports("x86-64-v3")) return 3;
  if (__builtin_cpu_supports("x86-64-v2")) return 2;
#endif
  return 1;
}

const struct adapt_table *adapt_kernels_at(int level) {
  if (level < 1 || level > adapt_best_level()) return NULL;
#if defined(__x86_64__)
  if (level == 4) return &adapt_table_v4;
  if (level == 3) return &adapt_table_v3;
  if (level == 2) return &adapt_table_v2;
#endif
  return &adapt_table_portable;
}

// The level asked for in the environment, when this processor has it.
static int level_in_use(void) {
  const char *wanted = getenv("ADAPT_KERNEL_LEVEL");
  int level = wanted ? atoi(wanted) : 0, best = adapt_best_level();
  return level < 1 || level > best ? best : level;
}

const char *adapt_kernel_level(void) {
  static const char *const names[] = {"portable", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
  return names[level_in_use() - 1];
}

// Two threads may both find it empty; they write the same address.
static _Atomic(const struct adapt_table *) active;

static const struct adapt_table *kernels(void) {
  const struct adapt_table *table = atomic_load_explicit(&active, memory_order_acquire);
  if (table) return table;
  table = adapt_kernels_at(level_in_use());
  atomic_store_explicit(&active, table, memory_order_release);
  return table;
}

#define ADAPT_WRAPPER(result, name, parameters, arguments) \
  result name parameters { return kernels()->name arguments; }
ADAPT_KERNELS(ADAPT_WRAPPER)
