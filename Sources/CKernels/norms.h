// Layer norm that saves two floats a row, and its derivatives.
#include "vector.h"

// Two passes over the row, so that a large mean costs no digits.
static void KERNEL(adapt_layer_norm_saving)(const float *x, const float *gain, const float *shift, long rows,
                                          long columns, float epsilon, float *y, float *mean,
                                          float *inverse) {
  for (long i = 0; i < rows; i++, x += columns, y += columns) {
    floats sum = splat(0), squares = splat(0);
    EACH_VECTOR(j, lanes, columns) sum += load_some(x + j, lanes);
    float m = sum_lanes(sum) / (float)columns;
    EACH_VECTOR(j, lanes, columns) {
      floats v = lanes == LANES ? load(x + j) : load_part(x + j, lanes, m);
      squares += (v - m) * (v - m);
    }
    float s = 1.0f / sqrtf(sum_lanes(squares) / (float)columns + epsilon);
    mean[i] = m;
    inverse[i] = s;
    for (long j = 0; j < columns; j++) y[j] = (x[j] - m) * s * gain[j] + shift[j];
  }
}

static void KERNEL(adapt_layer_norm_backward)(const float *x, const float *gain, const float *mean,
                                            const float *inverse, const float *dy, long rows, long columns,
                                            float *dx) {
  for (long i = 0; i < rows; i++, x += columns, dy += columns, dx += columns) {
    floats sum = splat(0), product = splat(0);
    float m = mean[i], s = inverse[i];
    EACH_VECTOR(j, lanes, columns) {
      floats d = load_some(dy + j, lanes) * load_some(gain + j, lanes);
      sum += d;
      product += d * (load_some(x + j, lanes) - m) * s;
    }
    float a = sum_lanes(sum) / (float)columns, b = sum_lanes(product) / (float)columns;
    for (long j = 0; j < columns; j++) dx[j] = s * (dy[j] * gain[j] - a - (x[j] - m) * s * b);
  }
}

static void KERNEL(adapt_layer_norm_gain)(const float *x, const float *mean, const float *inverse,
                                        const float *dy, long rows, long columns, float *dgain) {
  for (long i = 0; i < rows; i++, x += columns, dy += columns)
    for (long j = 0; j < columns; j++) dgain[j] += dy[j] * ((x[j] - mean[i]) * inverse[i]);
}
