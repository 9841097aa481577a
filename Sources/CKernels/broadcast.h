// A matrix with a row or a column, and the sums that are their derivatives.
#include "vector.h"

static void KERNEL(adapt_multiply_row)(const float *x, const float *row, long rows, long columns, float *out) {
  for (long i = 0; i < rows; i++, x += columns, out += columns)
    for (long j = 0; j < columns; j++) out[j] = x[j] * row[j];
}

static void KERNEL(adapt_multiply_column)(const float *x, const float *column, long rows, long columns,
                                        float *out) {
  for (long i = 0; i < rows; i++, x += columns, out += columns)
    for (long j = 0; j < columns; j++) out[j] = x[j] * column[i];
}

static void KERNEL(adapt_add_row)(const float *x, const float *row, long rows, long columns, float *out) {
  for (long i = 0; i < rows; i++, x += columns, out += columns)
    for (long j = 0; j < columns; j++) out[j] = x[j] + row[j];
}

static void KERNEL(adapt_add_column)(const float *x, const float *column, long rows, long columns, float *out) {
  for (long i = 0; i < rows; i++, x += columns, out += columns)
    for (long j = 0; j < columns; j++) out[j] = x[j] + column[i];
}

static void KERNEL(adapt_column_products)(const float *x, const float *y, long rows, long columns,
                                          float *out) {
  for (long i = 0; i < rows; i++, x += columns, y += columns)
    for (long j = 0; j < columns; j++) out[j] += x[j] * y[j];
}

static void KERNEL(adapt_row_sums)(const float *x, long x_stride, const float *y, long y_stride, long rows,
                                 long columns, float *out) {
  for (long i = 0; i < rows; i++, x += x_stride) {
    floats sum = splat(0);
    for (long j = 0; j < columns; j += LANES) {
      long part = columns - j < LANES ? columns - j : LANES;
      sum += load_part(x + j, part, 0) * (y ? load_part(y + j, part, 0) : splat(1));
    }
    if (y) y += y_stride;
    out[i] = sum_lanes(sum);
  }
}
