// Norms, rotary positions, reductions and the optimiser step.

// y = x * inverse * gain with inverse = 1 / sqrt(mean(x^2) + epsilon).
static void KERNEL(adapt_rms_norm)(const float *x, long rows, long columns, const float *gain,
                                   float epsilon, float *out, float *inverse) {
  for (long i = 0; i < rows; i++, x += columns, out += columns) {
    floats sum = splat(0);
    EACH_VECTOR(j, lanes, columns) {
      floats v = load_some(x + j, lanes);
      sum += v * v;
    }
    float scale = 1.0f / sqrtf(sum_lanes(sum) / (float)columns + epsilon);
    if (inverse) inverse[i] = scale;
    for (long j = 0; j < columns; j++) out[j] = x[j] * scale * gain[j];
  }
}

// With h = x * inverse and e = dy * gain: dx = inverse * (e - h * mean(e * h)), dgain += dy * h.
static void KERNEL(adapt_rms_norm_backward)(const float *x, const float *inverse,
                                            const float *gain, const float *dy, long rows,
                                            long columns, float *dx, float *dgain) {
  for (long i = 0; i < rows; i++, x += columns, dy += columns, dx += columns) {
    floats sum = splat(0);
    EACH_VECTOR(j, lanes, columns)
    sum += load_some(dy + j, lanes) * load_some(gain + j, lanes) * load_some(x + j, lanes);
    float scale = inverse[i];
    float mean = sum_lanes(sum) * scale / (float)columns;
    if (dgain)
      for (long j = 0; j < columns; j++) dgain[j] += dy[j] * (x[j] * scale);
    for (long j = 0; j < columns; j++)
      dx[j] = scale * (dy[j] * gain[j] - x[j] * scale * mean);
  }
}

// ds = p * (dp - sum(p * dp)) in each row.
static void KERNEL(adapt_softmax_backward)(const float *p, const float *dp, long rows,
                                           long columns, long stride, float *ds) {
  for (long i = 0; i < rows; i++, p += stride, dp += stride, ds += stride) {
    float sum = dot(p, dp, columns);
    for (long j = 0; j < columns; j++) ds[j] = p[j] * (dp[j] - sum);
  }
}

// Component j of a head turns with component j + rotated / 2 by the angle of the row's position; the rest of
// the head stays. `direction` 1 turns forward, -1 back, which is the backward pass.
static void KERNEL(adapt_rotary)(float *x, long rows, long stride, long heads, long width,
                                 long rotated, const float *cosine, const float *sine,
                                 const long *positions, float direction) {
  const long half = rotated / 2;
  for (long i = 0; i < rows; i++, x += stride) {
    const float *c = cosine + positions[i] * half, *s = sine + positions[i] * half;
    for (long head = 0; head < heads; head++) {
      float *low = x + head * width, *high = low + half;
      EACH_VECTOR(j, lanes, half) {
        floats a = load_some(low + j, lanes), b = load_some(high + j, lanes);
        floats cos = load_some(c + j, lanes), sin = load_some(s + j, lanes) * direction;
        store_some(low + j, a * cos - b * sin, lanes);
        store_some(high + j, b * cos + a * sin, lanes);
      }
    }
  }
}

static void KERNEL(adapt_add_column_sums)(const float *x, long rows, long columns, long stride,
                                          float *out) {
  for (long i = 0; i < rows; i++, x += stride)
    for (long j = 0; j < columns; j++) out[j] += x[j];
}

static void KERNEL(adapt_add_scaled)(float *y, const float *x, float scale, long count) {
  for (long j = 0; j < count; j++) y[j] += scale * x[j];
}

// In f32 over runs of 4096, across runs in double: long gradients lose no digits.
static double KERNEL(adapt_sum_squares)(const float *x, long count) {
  double total = 0;
  for (long start = 0; start < count; start += 4096) {
    long run = count - start < 4096 ? count - start : 4096;
    total += (double)dot(x + start, x + start, run);
  }
  return total;
}

// Loshchilov and Hutter, arXiv:1711.05101, in the order of operations of torch: decay, moments, then
// w -= rate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon).
static void KERNEL(adapt_adamw)(float *w, float *m, float *v, const float *g, long count,
                                const adapt_adamw_step *step) {
  const adapt_adamw_step p = *step;
  for (long j = 0; j < count; j++) {
    float first = m[j] + (g[j] - m[j]) * p.rest1;
    float second = v[j] * p.beta2 + g[j] * g[j] * p.rest2;
    float divisor = sqrtf(second) / p.root_correction2 + p.epsilon;
    m[j] = first;
    v[j] = second;
    w[j] = w[j] * p.keep - p.step_size * (first / divisor);
  }
}
