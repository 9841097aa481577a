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

// --- one position over the keys of a cache: the queries of one key head, keys and values read once -------------

// scores[g][j] = scale * query[g] . key[j] for `group` <= 4 queries, four keys at a time.
ADAPT_INLINE void score_keys(const float *q, long q_stride, int group, long width, const float *keys,
                             long stride, long count, float scale, float *scores) {
  for (long j = 0; j < count; j += 4) {
    const float *k[4];
    for (int r = 0; r < 4; r++) k[r] = keys + (j + r < count ? j + r : count - 1) * stride;
    floats part[4][4];
    for (int g = 0; g < group; g++)
      for (int r = 0; r < 4; r++) part[g][r] = splat(0);
    long w = 0;
    for (; w + LANES <= width; w += LANES) {
      floats row[4];
      for (int r = 0; r < 4; r++) row[r] = load(k[r] + w);
      for (int g = 0; g < group; g++) {
        floats x = load(q + g * q_stride + w);
        for (int r = 0; r < 4; r++) part[g][r] += x * row[r];
      }
    }
    if (w < width)
      for (int g = 0; g < group; g++) {
        floats x = load_part(q + g * q_stride + w, width - w, 0);
        for (int r = 0; r < 4; r++) part[g][r] += x * load_part(k[r] + w, width - w, 0);
      }
    for (int g = 0; g < group; g++) {
      quads s = sum_lanes_of_four(part[g]) * scale;
      for (int r = 0; r < 4 && j + r < count; r++) scores[g * count + j + r] = s[r];
    }
  }
}

// out[g] = sum over j of p[g][j] * value[j], two vectors of a row at a time.
ADAPT_INLINE void mix_values(const float *p, int group, long width, const float *values, long stride,
                             long count, float *out, long out_stride) {
  long w = 0;
  for (; w + 2 * LANES <= width; w += 2 * LANES) {
    floats part[4][2];
    for (int g = 0; g < group; g++) part[g][0] = part[g][1] = splat(0);
    for (long j = 0; j < count; j++) {
      floats a = load(values + j * stride + w), b = load(values + j * stride + w + LANES);
      for (int g = 0; g < group; g++) {
        floats share = splat(p[g * count + j]);
        part[g][0] += share * a;
        part[g][1] += share * b;
      }
    }
    for (int g = 0; g < group; g++) {
      store(out + g * out_stride + w, part[g][0]);
      store(out + g * out_stride + w + LANES, part[g][1]);
    }
  }
  for (; w < width; w += LANES) {
    long lanes = width - w < LANES ? width - w : LANES;
    floats part[4];
    for (int g = 0; g < group; g++) part[g] = splat(0);
    for (long j = 0; j < count; j++) {
      floats a = load_some(values + j * stride + w, lanes);
      for (int g = 0; g < group; g++) part[g] += splat(p[g * count + j]) * a;
    }
    for (int g = 0; g < group; g++) store_some(out + g * out_stride + w, part[g], lanes);
  }
}

// s = e^(s - top); their sum.
ADAPT_INLINE float exponentiate(float *s, long count, float top) {
  floats part = splat(0);
  for (long j = 0; j < count; j += LANES) {
    long lanes = count - j < LANES ? count - j : LANES;
    floats e = exponential((lanes == LANES ? load(s + j) : load_part(s + j, lanes, -INFINITY)) - top);
    store_some(s + j, e, lanes);
    part += e;
  }
  return sum_lanes(part);
}

ADAPT_INLINE void attend_group(const float *q, int group, long width, const float *keys,
                               const float *values, long stride, long count, float scale, float cap,
                               float *scores, float *out, float *maximum, float *sum) {
  score_keys(q, width, group, width, keys, stride, count, scale, scores);
  for (int g = 0; g < group; g++) {
    float *s = scores + g * count;
    if (cap > 0) soft_cap(s, count, cap);
    maximum[g] = largest_of(s, 0, count);
    sum[g] = exponentiate(s, count, maximum[g]);
  }
  mix_values(scores, group, width, values, stride, count, out, width);
}

static void KERNEL(adapt_attend_keys)(const float *q, long group, long width, const float *keys,
                                      const float *values, long stride, long count, float scale,
                                      float cap, float *scores, float *out, float *maximum,
                                      float *sum) {
  for (long g = 0; g < group; g += 4) {
    long rest = group - g;
    const float *x = q + g * width;
    float *s = scores + g * count, *y = out + g * width;
    if (rest >= 4)
      attend_group(x, 4, width, keys, values, stride, count, scale, cap, s, y, maximum + g, sum + g);
    else if (rest == 3)
      attend_group(x, 3, width, keys, values, stride, count, scale, cap, s, y, maximum + g, sum + g);
    else if (rest == 2)
      attend_group(x, 2, width, keys, values, stride, count, scale, cap, s, y, maximum + g, sum + g);
    else
      attend_group(x, 1, width, keys, values, stride, count, scale, cap, s, y, maximum + g, sum + g);
  }
}

// out = sum over parts of e^(maximum - top) x, over the same sum of their sums.
static void KERNEL(adapt_merge_attention)(const float *x, long x_stride, const float *maximum,
                                          const float *sum, long stride, long parts, long width,
                                          float *out) {
  float top = -INFINITY, total = 0;
  for (long i = 0; i < parts; i++) top = maximum[i * stride] > top ? maximum[i * stride] : top;
  for (long i = 0; i < parts; i++) total += expf(maximum[i * stride] - top) * sum[i * stride];
  for (long j = 0; j < width; j++) out[j] = 0;
  for (long i = 0; i < parts; i++, x += x_stride) {
    float share = expf(maximum[i * stride] - top) / total;
    for (long j = 0; j < width; j++) out[j] += share * x[j];
  }
}

// --- a short segment: its scores never leave the first-level cache ---------------------------------------------

enum { SEGMENT = 128 };

ADAPT_INLINE void attend_four(const float *q, int group, const float *k, const float *v, long rows, long stride,
                              long width, float scale, float *out, long out_stride) {
  float scores[4 * SEGMENT];
  score_keys(q, stride, group, width, k, stride, rows, scale, scores);
  for (int g = 0; g < group; g++) {
    float *s = scores + g * rows;
    float share = 1.0f / exponentiate(s, rows, largest_of(s, 0, rows));
    for (long j = 0; j < rows; j++) s[j] *= share;
  }
  mix_values(scores, group, width, v, stride, rows, out, out_stride);
}

static void KERNEL(adapt_attend_segment)(const float *q, const float *k, const float *v, long rows, long stride,
                                         long width, float scale, float *out, long out_stride) {
  long i = 0;
  for (; i + 4 <= rows; i += 4)
    attend_four(q + i * stride, 4, k, v, rows, stride, width, scale, out + i * out_stride, out_stride);
  for (; i < rows; i++)
    attend_four(q + i * stride, 1, k, v, rows, stride, width, scale, out + i * out_stride, out_stride);
}
