// Cross-entropy of rows of logits, and its derivative in their place.
#include "vector.h"

ADAPT_INLINE floats row_part(const float *x, long j, long columns) {
  return j + LANES <= columns ? load(x + j) : load_part(x + j, columns - j, -INFINITY);
}

static void KERNEL(adapt_cross_entropy)(const float *logits, const int32_t *targets, long rows, long columns,
                                      float *losses, float *logs) {
  for (long i = 0; i < rows; i++, logits += columns) {
    floats best = splat(-INFINITY), sum = splat(0);
    for (long j = 0; j < columns; j += LANES) best = larger(best, row_part(logits, j, columns));
    float top = best[0];
    for (int lane = 1; lane < LANES; lane++) top = best[lane] > top ? best[lane] : top;
    for (long j = 0; j < columns; j += LANES) sum += exponential(row_part(logits, j, columns) - top);
    // The difference first: top and the target's logit may be large and close.
    float rest = logf(sum_lanes(sum));
    if (losses) losses[i] = (top - logits[targets[i]]) + rest;
    if (logs) logs[i] = top + rest;
  }
}

static void KERNEL(adapt_cross_entropy_backward)(float *logits, const int32_t *targets, const float *logs,
                                               const float *weight, long rows, long columns) {
  for (long i = 0; i < rows; i++, logits += columns) {
    floats w = splat(weight[i]);
    for (long j = 0; j < columns; j += LANES) {
      long part = columns - j < LANES ? columns - j : LANES;
      store_part(logits + j, w * exponential(load_part(logits + j, part, 0) - logs[i]), part);
    }
    logits[targets[i]] -= weight[i];
  }
}
