// Weights at rest: conversions, quantisers, and products that read them where they lie.
#ifndef ADAPT_RESTING_H
#define ADAPT_RESTING_H

#include <stdint.h>

// out[j] = x[j] as f32, exactly; infinities, NaN and subnormals kept.
void adapt_widen_bf16(const uint16_t *x, long count, float *out);
void adapt_widen_f16(const uint16_t *x, long count, float *out);

// out[j] = x[j] * scale
void adapt_widen_int8(const int8_t *x, long count, float scale, float *out);

// Rounds to the nearest, ties to even; beyond the largest finite value to infinity; NaN stays NaN.
void adapt_narrow_bf16(const float *x, long count, uint16_t *out);
void adapt_narrow_f16(const float *x, long count, uint16_t *out);

// The largest |x[j]|, 0 for none; NaN when there is one.
float adapt_largest_magnitude(const float *x, long count);

// out[j] = x[j] * (127 / largest) rounded to the nearest even integer within -127 ... 127; zeros for largest 0.
void adapt_quantise_int8(const float *x, long count, float largest, int8_t *out);

// Sum of a[j] * b[j]; exact for counts up to 131071.
int32_t adapt_dot_int8(const int8_t *a, const int8_t *b, long count);

// NF4 codes of the flat array, two a byte (the first in the high half), and the largest magnitude of each
// block. `block` is even; codes holds (count + 1) / 2 bytes, scales one float per begun block.
void adapt_quantise_nf4(const float *x, long count, long block, uint8_t *codes, float *scales);

// out[j] = value[code[first + j]] * scale of its block; scales[0] belongs to the block of `first`.
void adapt_widen_nf4(const uint8_t *codes, long first, long count, const float *scales, long block,
                     float *out);

// out[j] = map[codes[first + j]] * outer[(first + j) / block] + offset: scales that are quantised themselves.
void adapt_widen_scales(const uint8_t *codes, long first, long count, const float *map,
                        const float *outer, long block, float offset, float *out);

// out[n * stride + i] = sum over j of w[i][j] * x[n][j] for N rows of x, dense: each weight is read once.
// Meant for N up to 8; more work too, 8 at a time.
void adapt_rows_f32(const float *w, long rows, long columns, const float *x, long N, float *out,
                    long stride);
void adapt_rows_bf16(const uint16_t *w, long rows, long columns, const float *x, long N, float *out,
                     long stride);
void adapt_rows_f16(const uint16_t *w, long rows, long columns, const float *x, long N, float *out,
                    long stride);

// The same times scales[i].
void adapt_rows_int8(const int8_t *w, const float *scales, long rows, long columns, const float *x,
                     long N, float *out, long stride);

// x [N, columns] in the order adapt_rows_nf4 wants, each row in columns rounded up to a multiple of 128.
void adapt_arrange_nf4(const float *x, long N, long columns, long block, float *out);

// Rows first ..< first + rows of an NF4 matrix [*, columns] with all its codes, times arranged x; scales[0]
// belongs to the block of the first of these weights.
void adapt_rows_nf4(const uint8_t *codes, const float *scales, long block, long first, long rows,
                    long columns, const float *x, long N, float *out, long stride);

#endif
