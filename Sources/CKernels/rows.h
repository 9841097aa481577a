// Kernels that reduce rows: layer norm, mean, matrix times vector.
#include "vector.h"

ADAPT_INLINE float sum_row(const float *x, long columns) {
  floats sum = splat(0);
  long j = 0;
  for (; j + LANES <= columns; j += LANES) sum += load(x + j);
  if (j < columns) sum += load_part(x + j, columns - j, 0);
  return sum_lanes(sum);
}

ADAPT_INLINE float sum_squared_deviations(const float *x, long columns, float mean) {
  floats sum = splat(0);
  long j = 0;
  for (; j + LANES <= columns; j += LANES) {
    floats d = load(x + j) - mean;
    sum += d * d;
  }
  if (j < columns) {
    floats d = load_part(x + j, columns - j, mean) - mean;
    sum += d * d;
  }
  return sum_lanes(sum);
}

static void KERNEL(adapt_layer_norm)(float *x, long rows, long columns, const float *bias,
                                   const float *residual, const float *gain, const float *shift,
                                   float epsilon) {
  for (long i = 0; i < rows; i++, x += columns) {
    if (bias)
      for (long j = 0; j < columns; j++) x[j] += bias[j];
    if (residual) {
      for (long j = 0; j < columns; j++) x[j] += residual[j];
      residual += columns;
    }
    float mean = sum_row(x, columns) / (float)columns;
    float variance = sum_squared_deviations(x, columns, mean) / (float)columns;
    float scale = 1.0f / sqrtf(variance + epsilon);
    for (long j = 0; j < columns; j++) x[j] = (x[j] - mean) * scale * gain[j] + shift[j];
  }
}

static void KERNEL(adapt_mean_rows)(const float *x, long rows, long columns, float *out) {
  for (long j = 0; j < columns; j++) out[j] = 0;
  for (long i = 0; i < rows; i++, x += columns)
    for (long j = 0; j < columns; j++) out[j] += x[j];
  if (rows > 0)
    for (long j = 0; j < columns; j++) out[j] /= (float)rows;
}

// Four independent sums hide the latency of the multiply-add; the prefetch keeps enough lines under way that
// one core draws nearly all of the bandwidth.
ADAPT_INLINE float dot(const float *a, const float *b, long count) {
  floats s0 = splat(0), s1 = s0, s2 = s0, s3 = s0;
  long j = 0;
  for (; j + 4 * LANES <= count; j += 4 * LANES) {
    for (int line = 0; line < 4; line++) __builtin_prefetch(a + j + (line + 32) * LANES, 0, 3);
    s0 += load(a + j) * load(b + j);
    s1 += load(a + j + LANES) * load(b + j + LANES);
    s2 += load(a + j + 2 * LANES) * load(b + j + 2 * LANES);
    s3 += load(a + j + 3 * LANES) * load(b + j + 3 * LANES);
  }
  for (; j + LANES <= count; j += LANES) s0 += load(a + j) * load(b + j);
  if (j < count) s1 += load_part(a + j, count - j, 0) * load_part(b + j, count - j, 0);
  return sum_lanes((s0 + s1) + (s2 + s3));
}

static void KERNEL(adapt_scores)(const float *matrix, long rows, long columns, const float *vector,
                               float *out) {
  for (long i = 0; i < rows; i++) out[i] = dot(matrix + i * columns, vector, columns);
}

static float KERNEL(adapt_read)(const float *x, long count) {
  floats s0 = splat(0), s1 = s0, s2 = s0, s3 = s0;
  long j = 0;
  for (; j + 4 * LANES <= count; j += 4 * LANES) {
    for (int line = 0; line < 4; line++) __builtin_prefetch(x + j + (line + 32) * LANES, 0, 3);
    s0 += load(x + j);
    s1 += load(x + j + LANES);
    s2 += load(x + j + 2 * LANES);
    s3 += load(x + j + 3 * LANES);
  }
  return sum_lanes((s0 + s1) + (s2 + s3)) + sum_row(x + j, count - j);
}
