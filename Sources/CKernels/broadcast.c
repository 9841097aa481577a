// A matrix with a row or a column, and the sums that are their derivatives.
#include "CKernels.h"
#include "vector.h"

ADAPT_KERNEL void adapt_multiply_row(const float *x, const float *row, long rows, long columns, float *out) {
  for (long i = 0; i < rows; i++, x += columns, out += columns)
    for (long j = 0; j < columns; j++) out[j] = x[j] * row[j];
}

ADAPT_KERNEL void adapt_multiply_column(const float *x, const float *column, long rows, long columns,
                                        float *out) {
  for (long i = 0; i < rows; i++, x += columns, out += columns)
    for (long j = 0; j < columns; j++) out[j] = x[j] * column[i];
}

ADAPT_KERNEL void adapt_add_row(const float *x, const float *row, long rows, long columns, float *out) {
  for (long i = 0; i < rows; i++, x += columns, out += columns)
    for (long j = 0; j < columns; j++) out[j] = x[j] + row[j];
}

ADAPT_KERNEL void adapt_add_column(const float *x, const float *column, long rows, long columns, float *out) {
  for (long i = 0; i < rows; i++, x += columns, out += columns)
    for (long j = 0; j < columns; j++) out[j] = x[j] + column[i];
}

ADAPT_KERNEL void adapt_column_sums(const float *x, const float *y, long rows, long columns, float *out) {
  for (long i = 0; i < rows; i++, x += columns) {
    if (y) {
      for (long j = 0; j < columns; j++) out[j] += x[j] * y[j];
      y += columns;
    } else {
      for (long j = 0; j < columns; j++) out[j] += x[j];
    }
  }
}

ADAPT_KERNEL void adapt_row_sums(const float *x, long x_stride, const float *y, long y_stride, long rows,
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
