// Bias, GELU, ReLU and softmax: one pass over rows that a product has just written.
#include "vector.h"

// 0.5 * erfc(|x| / sqrt 2) = 0.5 * exp(-Q(z)), Q(z) = -ln erfc(z) = z * R(z). R is our own fit of degree 10 on
// [0, 5] by reweighted least squares against Double erfc (largest weighted error 8e-9); beyond z = 5 the tail
// times x is below 6e-12 and taken as 0. Both signs use the tail itself, so no digits cancel for x < 0.
ADAPT_INLINE floats gelu(floats x) {
  floats z = choose(x < 0.0f, -x, x) * splat(0.70710678118654752f);
  floats r = splat(-7.678303859393054e-08f);
  r = r * z + 2.0902457436022814e-06f;
  r = r * z + -2.496554225217551e-05f;
  r = r * z + 0.00017116819799412042f;
  r = r * z + -0.0007254029624164104f;
  r = r * z + 0.0017415776383131742f;
  r = r * z + -0.00016654221690259874f;
  r = r * z + -0.019185679033398628f;
  r = r * z + 0.10279950499534607f;
  r = r * z + 0.6366143226623535f;
  r = r * z + 1.1283795833587646f;
  floats tail = choose(z > 5.0f, splat(0), splat(0.5f) * exponential(-(r * z)));
  floats result = x * choose(x < 0.0f, tail, 1.0f - tail);
  return choose(x < -1e30f, splat(-0.0f), result);  // -inf * 0 would be NaN
}

ADAPT_INLINE floats relu(floats x) { return choose(x < 0.0f, splat(0), x); }

static void KERNEL(adapt_bias)(float *x, long rows, long columns, long stride, const float *bias) {
  for (long i = 0; i < rows; i++, x += stride)
    for (long j = 0; j < columns; j++) x[j] += bias[j];
}

static void KERNEL(adapt_bias_gelu)(float *x, long rows, long columns, long stride,
                                  const float *bias) {
  for (long i = 0; i < rows; i++, x += stride) {
    long j = 0;
    for (; j + LANES <= columns; j += LANES)
      store(x + j, gelu(load(x + j) + (bias ? load(bias + j) : splat(0))));
    if (j < columns) {
      floats b = bias ? load_part(bias + j, columns - j, 0) : splat(0);
      store_part(x + j, gelu(load_part(x + j, columns - j, 0) + b), columns - j);
    }
  }
}

static void KERNEL(adapt_bias_relu)(float *x, long rows, long columns, long stride,
                                  const float *bias) {
  for (long i = 0; i < rows; i++, x += stride) {
    long j = 0;
    for (; j + LANES <= columns; j += LANES)
      store(x + j, relu(load(x + j) + (bias ? load(bias + j) : splat(0))));
    if (j < columns) {
      floats b = bias ? load_part(bias + j, columns - j, 0) : splat(0);
      store_part(x + j, relu(load_part(x + j, columns - j, 0) + b), columns - j);
    }
  }
}

ADAPT_INLINE float row_maximum(const float *x, long columns) {
  floats best = splat(-INFINITY);
  long j = 0;
  for (; j + LANES <= columns; j += LANES) best = larger(best, load(x + j));
  if (j < columns) best = larger(best, load_part(x + j, columns - j, -INFINITY));
  float maximum = best[0];
  for (int lane = 1; lane < LANES; lane++) maximum = best[lane] > maximum ? best[lane] : maximum;
  return maximum;
}

ADAPT_INLINE float exponentiate_row(float *x, long columns, float maximum) {
  floats sum = splat(0);
  long j = 0;
  for (; j + LANES <= columns; j += LANES) {
    floats e = exponential(load(x + j) - maximum);
    store(x + j, e);
    sum += e;
  }
  if (j < columns) {
    floats e = exponential(load_part(x + j, columns - j, -INFINITY) - maximum);
    store_part(x + j, e, columns - j);
    sum += e;
  }
  return sum_lanes(sum);
}

static void KERNEL(adapt_softmax)(float *x, long rows, long columns, long stride) {
  for (long i = 0; i < rows; i++, x += stride) {
    if (columns == 0) continue;
    float scale = 1.0f / exponentiate_row(x, columns, row_maximum(x, columns));
    for (long j = 0; j < columns; j++) x[j] *= scale;
  }
}
