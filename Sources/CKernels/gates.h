// Activations out of place and their derivatives. Each backward kernel may write over its dy.

ADAPT_INLINE floats sigmoid(floats x) {
  floats value = 1.0f / (1.0f + exponential(-x));
  return choose(x < -87.0f, splat(0), value);
}

ADAPT_INLINE floats silu(floats x) { return x * sigmoid(x); }

// d silu / dx = s + x s (1 - s), s = sigmoid(x).
ADAPT_INLINE floats silu_slope(floats x) {
  floats s = sigmoid(x);
  return s * (1.0f + x * (1.0f - s));
}

// 0.5 x (1 + tanh u) = x sigmoid(2u), u = sqrt(2 / pi) (x + 0.044715 x^3).
ADAPT_INLINE floats twice_u(floats x) {
  return splat(1.5957691216057308f) * x * (1.0f + splat(0.044715f) * x * x);
}

ADAPT_INLINE floats gelu_tanh(floats x) { return x * sigmoid(twice_u(x)); }

// With s = sigmoid(2u): s + x s (1 - s) d(2u)/dx. Beyond 10 the second term is 0 in f32 and its cube overflows.
ADAPT_INLINE floats gelu_tanh_slope(floats x) {
  floats s = sigmoid(twice_u(x));
  floats du = splat(1.5957691216057308f) * (1.0f + splat(3 * 0.044715f) * x * x);
  floats bend = x * s * (1.0f - s) * du;
  return s + choose(magnitude(x) < 10.0f, bend, choose(x == x, splat(0), x));
}

// Phi(x) + x phi(x); Phi(x) = gelu(x) / x except near 0, where it is 1/2 + phi(0) x to f32.
ADAPT_INLINE floats gelu_slope(floats x) {
  floats density = splat(0.3989422804014327f) * exponential(splat(-0.5f) * x * x);
  floats small = splat(0.5f) + splat(0.3989422804014327f) * x;
  floats below = choose(magnitude(x) < 1e-4f, small, gelu(x) / x);
  floats slope = below + x * density;
  return choose(x > 1e30f, splat(1), choose(x < -1e30f, splat(0), slope));
}

static void KERNEL(adapt_silu)(const float *x, long count, float *out) {
  EACH_VECTOR(j, lanes, count) store_some(out + j, silu(load_some(x + j, lanes)), lanes);
}

static void KERNEL(adapt_gelu)(const float *x, long count, float *out) {
  EACH_VECTOR(j, lanes, count) store_some(out + j, gelu(load_some(x + j, lanes)), lanes);
}

static void KERNEL(adapt_gelu_tanh)(const float *x, long count, float *out) {
  EACH_VECTOR(j, lanes, count) store_some(out + j, gelu_tanh(load_some(x + j, lanes)), lanes);
}

static void KERNEL(adapt_swiglu)(const float *gate, const float *up, long count, float *out) {
  EACH_VECTOR(j, lanes, count)
  store_some(out + j, silu(load_some(gate + j, lanes)) * load_some(up + j, lanes), lanes);
}

static void KERNEL(adapt_silu_backward)(const float *x, const float *dy, long count, float *dx) {
  EACH_VECTOR(j, lanes, count)
  store_some(dx + j, silu_slope(load_some(x + j, lanes)) * load_some(dy + j, lanes), lanes);
}

static void KERNEL(adapt_gelu_backward)(const float *x, const float *dy, long count, float *dx) {
  EACH_VECTOR(j, lanes, count)
  store_some(dx + j, gelu_slope(load_some(x + j, lanes)) * load_some(dy + j, lanes), lanes);
}

static void KERNEL(adapt_gelu_tanh_backward)(const float *x, const float *dy, long count,
                                             float *dx) {
  EACH_VECTOR(j, lanes, count)
  store_some(dx + j, gelu_tanh_slope(load_some(x + j, lanes)) * load_some(dy + j, lanes), lanes);
}

// y = silu(g) u: dg = dy u silu'(g), du = dy silu(g). One sigmoid serves both.
static void KERNEL(adapt_swiglu_backward)(const float *gate, const float *up, const float *dy,
                                          long count, float *dgate, float *dup) {
  EACH_VECTOR(j, lanes, count) {
    floats g = load_some(gate + j, lanes), d = load_some(dy + j, lanes), s = sigmoid(g);
    floats u = load_some(up + j, lanes);
    store_some(dgate + j, d * u * s * (1.0f + g * (1.0f - s)), lanes);
    store_some(dup + j, d * g * s, lanes);
  }
}
