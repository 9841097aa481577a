// Element by element: activations with their derivatives, sums and products.
#include "functions.h"

static void KERNEL(adapt_sum)(const float *x, const float *y, float scale, long count,
                              float *out) {
  for (long i = 0; i < count; i++) out[i] = x[i] + scale * y[i];
}

static void KERNEL(adapt_scale)(const float *x, float scale, long count, float *out) {
  for (long i = 0; i < count; i++) out[i] = scale * x[i];
}

static void KERNEL(adapt_multiply)(const float *x, const float *y, long count, float *out) {
  for (long i = 0; i < count; i++) out[i] = x[i] * y[i];
}

ADAPT_INLINE floats relu_slope(floats x) { return choose(x > 0.0f, splat(1), splat(0)); }

ADAPT_INLINE floats tanh_slope(floats x) {
  floats y = hyperbolic_tangent(x);
  return 1.0f - y * y;
}

// g (1 - g) = e^-|x| / (1 + e^-|x|)^2, which loses no digits on either side.
ADAPT_INLINE floats sigmoid_slope(floats x) {
  floats e = exponential(choose(x < 0.0f, x, -x));
  return e / ((1.0f + e) * (1.0f + e));
}

#define ADAPT_MAP(name, value, slope)                                                         \
  static void KERNEL(name)(const float *x, long count, float *out) {                          \
    EACH_VECTOR(j, lanes, count) store_some(out + j, value(load_some(x + j, lanes)), lanes);  \
  }                                                                                           \
  static void KERNEL(name##_backward)(const float *x, const float *dy, long count,            \
                                      float *dx) {                                            \
    EACH_VECTOR(j, lanes, count)                                                              \
    store_some(dx + j, load_some(dy + j, lanes) * slope(load_some(x + j, lanes)), lanes);     \
  }

ADAPT_MAP(adapt_relu, relu, relu_slope)
ADAPT_MAP(adapt_tanh, hyperbolic_tangent, tanh_slope)
ADAPT_MAP(adapt_sigmoid, sigmoid, sigmoid_slope)
#undef ADAPT_MAP
