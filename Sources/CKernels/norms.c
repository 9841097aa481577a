// Root-mean-square and layer norms that save one or two floats a row, and their derivatives.
#include "CKernels.h"
#include "vector.h"

ADAPT_INLINE floats at(const float *p, long j, long columns) {
  return j + LANES <= columns ? load(p + j) : load_part(p + j, columns - j, 0);
}

ADAPT_INLINE void put(float *p, long j, long columns, floats v) {
  if (j + LANES <= columns)
    store(p + j, v);
  else
    store_part(p + j, v, columns - j);
}

ADAPT_KERNEL void adapt_rms_norm(const float *x, const float *gain, long rows, long columns, float epsilon,
                                 float *y, float *inverse) {
  for (long i = 0; i < rows; i++, x += columns, y += columns) {
    floats sum = splat(0);
    for (long j = 0; j < columns; j += LANES) {
      floats v = at(x, j, columns);
      sum += v * v;
    }
    float scale = 1.0f / sqrtf(sum_lanes(sum) / (float)columns + epsilon);
    inverse[i] = scale;
    for (long j = 0; j < columns; j++) y[j] = x[j] * scale * gain[j];
  }
}

ADAPT_KERNEL void adapt_rms_norm_backward(const float *x, const float *gain, const float *inverse,
                                          const float *dy, long rows, long columns, float *dx) {
  for (long i = 0; i < rows; i++, x += columns, dy += columns, dx += columns) {
    floats sum = splat(0);
    for (long j = 0; j < columns; j += LANES)
      sum += at(dy, j, columns) * at(gain, j, columns) * at(x, j, columns);
    float s = inverse[i], pull = sum_lanes(sum) * s * s * s / (float)columns;
    for (long j = 0; j < columns; j++) dx[j] = dy[j] * gain[j] * s - x[j] * pull;
  }
}

ADAPT_KERNEL void adapt_rms_norm_gain(const float *x, const float *inverse, const float *dy, long rows,
                                      long columns, float *dgain) {
  for (long i = 0; i < rows; i++, x += columns, dy += columns)
    for (long j = 0; j < columns; j++) dgain[j] += dy[j] * (x[j] * inverse[i]);
}

// Two passes over the row, so that a large mean costs no digits.
ADAPT_KERNEL void adapt_layer_norm_saving(const float *x, const float *gain, const float *shift, long rows,
                                          long columns, float epsilon, float *y, float *mean,
                                          float *inverse) {
  for (long i = 0; i < rows; i++, x += columns, y += columns) {
    floats sum = splat(0), squares = splat(0);
    for (long j = 0; j < columns; j += LANES) sum += at(x, j, columns);
    float m = sum_lanes(sum) / (float)columns;
    for (long j = 0; j < columns; j += LANES) {
      floats v = j + LANES <= columns ? load(x + j) : load_part(x + j, columns - j, m);
      squares += (v - m) * (v - m);
    }
    float s = 1.0f / sqrtf(sum_lanes(squares) / (float)columns + epsilon);
    mean[i] = m;
    inverse[i] = s;
    for (long j = 0; j < columns; j++) y[j] = (x[j] - m) * s * gain[j] + shift[j];
  }
}

ADAPT_KERNEL void adapt_layer_norm_backward(const float *x, const float *gain, const float *mean,
                                            const float *inverse, const float *dy, long rows, long columns,
                                            float *dx) {
  for (long i = 0; i < rows; i++, x += columns, dy += columns, dx += columns) {
    floats sum = splat(0), product = splat(0);
    float m = mean[i], s = inverse[i];
    for (long j = 0; j < columns; j += LANES) {
      floats d = at(dy, j, columns) * at(gain, j, columns);
      sum += d;
      product += d * (at(x, j, columns) - m) * s;
    }
    float a = sum_lanes(sum) / (float)columns, b = sum_lanes(product) / (float)columns;
    for (long j = 0; j < columns; j++) dx[j] = s * (dy[j] * gain[j] - a - (x[j] - m) * s * b);
  }
}

ADAPT_KERNEL void adapt_layer_norm_gain(const float *x, const float *mean, const float *inverse,
                                        const float *dy, long rows, long columns, float *dgain) {
  for (long i = 0; i < rows; i++, x += columns, dy += columns)
    for (long j = 0; j < columns; j++) dgain[j] += dy[j] * ((x[j] - mean[i]) * inverse[i]);
}
