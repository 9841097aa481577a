// Cross-entropy of rows of logits, capped or not, and its derivative in their place.
#include "functions.h"

ADAPT_INLINE floats row_part(const float *x, long j, long columns) {
  return j + LANES <= columns ? load(x + j) : load_part(x + j, columns - j, -INFINITY);
}

static void KERNEL(adapt_soft_cap)(float *x, long count, float cap) { soft_cap(x, count, cap); }

static void KERNEL(adapt_cross_entropy)(const float *logits, const int32_t *targets, long rows,
                                        long columns, float *losses, float *logs) {
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

// A capped logit y = cap tanh(x / cap) has the slope 1 - (y / cap)^2.
ADAPT_INLINE void entropy_backward(float *logits, long columns, int32_t target, float log,
                                   float weight, float cap) {
  float hit = logits[target] / cap;
  EACH_VECTOR(j, lanes, columns) {
    floats y = load_some(logits + j, lanes), d = splat(weight) * exponential(y - log);
    if (cap > 0) {
      floats t = y / cap;
      d *= 1.0f - t * t;
    }
    store_some(logits + j, d, lanes);
  }
  logits[target] -= cap > 0 ? weight * (1.0f - hit * hit) : weight;
}

static void KERNEL(adapt_cross_entropy_backward)(float *logits, const int32_t *targets,
                                                 const float *logs, const float *weight, long rows,
                                                 long columns, float cap) {
  for (long i = 0; i < rows; i++, logits += columns)
    entropy_backward(logits, columns, targets[i], logs[i], weight[i], cap);
}
