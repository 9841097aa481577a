// The softmax of attention, tile by tile under a running maximum, and its derivative from the saved logarithm.
#include "functions.h"

ADAPT_INLINE long clamp(long v, long low, long high) { return v < low ? low : v > high ? high : v; }

ADAPT_INLINE float largest_of(const float *x, long from, long to) {
  floats best = splat(-INFINITY);
  for (long j = from; j < to; j += LANES)
    best = larger(best, to - j < LANES ? load_part(x + j, to - j, -INFINITY) : load(x + j));
  float result = best[0];
  for (int lane = 1; lane < LANES; lane++) result = best[lane] > result ? best[lane] : result;
  return result;
}

static void KERNEL(adapt_streaming_softmax)(float *scores, long rows, long columns, long stride,
                                          const int32_t *first, const int32_t *last, float cap,
                                          float *maximum, float *sum, float *correction) {
  for (long i = 0; i < rows; i++, scores += stride) {
    long from = clamp(first[i], 0, columns), to = clamp(last[i], from, columns);
    for (long j = 0; j < from; j++) scores[j] = 0;
    for (long j = to; j < columns; j++) scores[j] = 0;
    correction[i] = 1;
    if (from == to) continue;
    if (cap > 0) soft_cap(scores + from, to - from, cap);
    float top = largest_of(scores, from, to), total = 0;
    if (top < maximum[i]) top = maximum[i];
    floats part = splat(0);
    long j = from;
    for (; j + LANES <= to; j += LANES) {
      floats e = exponential(load(scores + j) - top);
      store(scores + j, e);
      part += e;
    }
    if (j < to) {
      floats e = exponential(load_part(scores + j, to - j, -INFINITY) - top);
      store_part(scores + j, e, to - j);
      part += e;
    }
    total = sum_lanes(part);
    correction[i] = maximum[i] == -INFINITY ? 0 : expf(maximum[i] - top);
    sum[i] = sum[i] * correction[i] + total;
    maximum[i] = top;
  }
}

static void KERNEL(adapt_scale_rows)(float *x, long rows, long columns, long stride, const float *factor) {
  for (long i = 0; i < rows; i++, x += stride)
    for (long j = 0; j < columns; j++) x[j] *= factor[i];
}

static void KERNEL(adapt_finish_softmax)(const float *x, long x_stride, long rows, long columns,
                                       const float *maximum, const float *sum, float *out,
                                       long out_stride, float *logs, long logs_stride) {
  for (long i = 0; i < rows; i++, x += x_stride, out += out_stride) {
    int seen = maximum[i] != -INFINITY || sum[i] != 0;
    float scale = seen ? 1.0f / sum[i] : 0;
    for (long j = 0; j < columns; j++) out[j] = seen ? x[j] * scale : 0;
    logs[i * logs_stride] = seen ? maximum[i] + logf(sum[i]) : -INFINITY;
  }
}

static void KERNEL(adapt_attention_backward)(float *scores, float *dp, long rows, long columns, long stride,
                                         const int32_t *first, const int32_t *last, float cap,
                                         const float *logs, const float *inner, float scale) {
  for (long i = 0; i < rows; i++, scores += stride, dp += stride) {
    long from = clamp(first[i], 0, columns), to = clamp(last[i], from, columns);
    for (long j = 0; j < from; j++) scores[j] = dp[j] = 0;
    for (long j = to; j < columns; j++) scores[j] = dp[j] = 0;
    for (long j = from; j < to; j += LANES) {
      long part = to - j < LANES ? to - j : LANES;
      floats s = load_part(scores + j, part, 0), slope = splat(scale);
      if (cap > 0) {
        floats t = hyperbolic_tangent(s / cap);
        s = splat(cap) * t;
        slope = slope * (1.0f - t * t);
      }
      floats p = exponential(s - logs[i]);
      floats d = p * (load_part(dp + j, part, 0) - inner[i]) * slope;
      store_part(scores + j, p, part);
      store_part(dp + j, d, part);
    }
  }
}
