// Element by element: activations with their derivatives, sums and products.
#include "CKernels.h"
#include "functions.h"

ADAPT_KERNEL void adapt_add_scaled(const float *x, const float *y, float scale, long count, float *out) {
  for (long i = 0; i < count; i++) out[i] = x[i] + scale * y[i];
}

ADAPT_KERNEL void adapt_scale(const float *x, float scale, long count, float *out) {
  for (long i = 0; i < count; i++) out[i] = scale * x[i];
}

ADAPT_KERNEL void adapt_multiply(const float *x, const float *y, long count, float *out) {
  for (long i = 0; i < count; i++) out[i] = x[i] * y[i];
}

// With g = logistic(x), g (1 - g) = e^-|x| / (1 + e^-|x|)^2 loses no digits on either side.
ADAPT_INLINE floats sigmoid_slope(floats x) {
  floats e = exponential(choose(x < 0.0f, x, -x));
  return e / ((1.0f + e) * (1.0f + e));
}

ADAPT_INLINE floats gelu_value(floats x) {
  return choose(x < -1e30f, splat(-0.0f), x * normal_distribution(x));  // -inf * 0 would be NaN
}

// d/dx x Phi(x) = Phi(x) + x phi(x)
ADAPT_INLINE floats gelu_slope(floats x) {
  floats density = splat(0.3989422804014327f) * exponential(x * x * splat(-0.5f));
  floats product = choose(x < -30.0f, splat(0), choose(x > 30.0f, splat(0), x * density));
  return normal_distribution(x) + product;
}

// 0.5 x (1 + tanh u), u = sqrt(2 / pi) (x + 0.044715 x^3)
ADAPT_INLINE floats gelu_tanh_inner(floats x) {
  floats v = choose(x > 30.0f, splat(30), choose(x < -30.0f, splat(-30), x));
  return splat(0.7978845608028654f) * (v + splat(0.044715f) * v * v * v);
}

// 0.5 (1 + tanh u) = 1 / (1 + e^-2u), which keeps its digits where tanh u is near -1
ADAPT_INLINE floats gelu_tanh_value(floats x) {
  floats u = gelu_tanh_inner(x);
  return choose(x < -30.0f, splat(-0.0f), x * logistic(u + u));
}

// With g = logistic(2u): g + x g (1 - g) 2u'
ADAPT_INLINE floats gelu_tanh_slope(floats x) {
  floats u = gelu_tanh_inner(x), g = logistic(u + u);
  floats slope = splat(0.7978845608028654f) * (1.0f + splat(3 * 0.044715f) * x * x);
  floats outer = choose(x > 30.0f, splat(1), choose(x < -30.0f, splat(0), g));
  floats rest = x * sigmoid_slope(u + u) * (slope + slope);
  return outer + choose(x > 30.0f, splat(0), choose(x < -30.0f, splat(0), rest));
}

ADAPT_INLINE floats relu_value(floats x) { return choose(x < 0.0f, splat(0), x); }
ADAPT_INLINE floats relu_slope(floats x) { return choose(x > 0.0f, splat(1), splat(0)); }

ADAPT_INLINE floats silu_value(floats x) {
  return choose(x < -1e30f, splat(-0.0f), x * logistic(x));
}

// With g = logistic(x): g + x g (1 - g)
ADAPT_INLINE floats silu_slope(floats x) {
  floats rest = x * sigmoid_slope(x);
  return logistic(x) + choose(x < -80.0f, splat(0), choose(x > 80.0f, splat(0), rest));
}

ADAPT_INLINE floats tanh_slope(floats x) {
  floats y = hyperbolic_tangent(x);
  return 1.0f - y * y;
}



#define EACH(body, last)                                   \
  long i = 0;                                              \
  for (; i + LANES <= count; i += LANES) body;             \
  if (i < count) last;

#define MAP(name, value, slope)                                                                     \
  ADAPT_KERNEL void name(const float *x, long count, float *out) {                                  \
    EACH(store(out + i, value(load(x + i))),                                                        \
         store_part(out + i, value(load_part(x + i, count - i, 0)), count - i))                     \
  }                                                                                                 \
  ADAPT_KERNEL void name##_backward(const float *x, const float *dy, long count, float *dx) {       \
    EACH(store(dx + i, load(dy + i) * slope(load(x + i))),                                          \
         store_part(dx + i, load_part(dy + i, count - i, 0) * slope(load_part(x + i, count - i, 0)), \
                    count - i))                                                                     \
  }

MAP(adapt_gelu, gelu_value, gelu_slope)
MAP(adapt_gelu_tanh, gelu_tanh_value, gelu_tanh_slope)
MAP(adapt_relu, relu_value, relu_slope)
MAP(adapt_silu, silu_value, silu_slope)
MAP(adapt_tanh, hyperbolic_tangent, tanh_slope)
MAP(adapt_sigmoid, logistic, sigmoid_slope)

ADAPT_KERNEL void adapt_swiglu(const float *gate, const float *up, long count, float *out) {
  EACH(store(out + i, silu_value(load(gate + i)) * load(up + i)),
       store_part(out + i,
                  silu_value(load_part(gate + i, count - i, 0)) * load_part(up + i, count - i, 0),
                  count - i))
}

// y = silu(g) u: dg = dy u silu'(g), du = dy silu(g)
ADAPT_KERNEL void adapt_swiglu_backward(const float *gate, const float *up, const float *dy, long count,
                                        float *dgate, float *dup) {
  for (long i = 0; i < count; i += LANES) {
    long part = count - i < LANES ? count - i : LANES;
    floats g = load_part(gate + i, part, 0), d = load_part(dy + i, part, 0);
    if (dgate) store_part(dgate + i, d * load_part(up + i, part, 0) * silu_slope(g), part);
    if (dup) store_part(dup + i, d * silu_value(g), part);
  }
}
