// The list of kernels: the dispatcher's tables and its public functions are made from it.
#ifndef ADAPT_KERNELS_H
#define ADAPT_KERNELS_H

#include "dense.h"
#include "gradients.h"
#include "learning.h"
#include "resting.h"

// X(result, name, parameters, arguments)
#define ADAPT_KERNELS(X)                                                                          \
  X(void, adapt_bias, (float *x, long rows, long columns, long stride, const float *bias),        \
    (x, rows, columns, stride, bias))                                                             \
  X(void, adapt_bias_gelu, (float *x, long rows, long columns, long stride, const float *bias),   \
    (x, rows, columns, stride, bias))                                                             \
  X(void, adapt_bias_relu, (float *x, long rows, long columns, long stride, const float *bias),   \
    (x, rows, columns, stride, bias))                                                             \
  X(void, adapt_softmax, (float *x, long rows, long columns, long stride),                        \
    (x, rows, columns, stride))                                                                   \
  X(void, adapt_layer_norm,                                                                       \
    (float *x, long rows, long columns, const float *bias, const float *residual,                 \
     const float *gain, const float *shift, float epsilon),                                       \
    (x, rows, columns, bias, residual, gain, shift, epsilon))                                     \
  X(void, adapt_mean_rows, (const float *x, long rows, long columns, float *out),                 \
    (x, rows, columns, out))                                                                      \
  X(void, adapt_scores,                                                                           \
    (const float *matrix, long rows, long columns, const float *vector, float *out),              \
    (matrix, rows, columns, vector, out))                                                         \
  X(void, adapt_tile_products,                                                                    \
    (const float *w, long rows, long w_stride, long columns, const float *x, long N,              \
     long x_stride, float *out, long stride),                                                     \
    (w, rows, w_stride, columns, x, N, x_stride, out, stride))                                    \
  X(void, adapt_pack_panel,                                                                       \
    (const float *w, long rows, long columns, long stride, float *out),                           \
    (w, rows, columns, stride, out))                                                              \
  X(void, adapt_panel_products,                                                                   \
    (const float *w, long rows, long columns, const float *x, long N, long x_stride, float *out,  \
     long stride, const float *next),                                                             \
    (w, rows, columns, x, N, x_stride, out, stride, next))                                        \
  X(void, adapt_attend_segment,                                                                   \
    (const float *q, const float *k, const float *v, long rows, long stride, long width,          \
     float scale, float *out, long out_stride),                                                   \
    (q, k, v, rows, stride, width, scale, out, out_stride))                                       \
  X(float, adapt_read, (const float *x, long count), (x, count))                                  \
  X(void, adapt_widen_bf16, (const uint16_t *x, long count, float *out), (x, count, out))         \
  X(void, adapt_widen_f16, (const uint16_t *x, long count, float *out), (x, count, out))          \
  X(void, adapt_widen_int8, (const int8_t *x, long count, float scale, float *out),               \
    (x, count, scale, out))                                                                       \
  X(void, adapt_narrow_bf16, (const float *x, long count, uint16_t *out), (x, count, out))        \
  X(void, adapt_narrow_f16, (const float *x, long count, uint16_t *out), (x, count, out))         \
  X(float, adapt_largest_magnitude, (const float *x, long count), (x, count))                     \
  X(void, adapt_quantise_int8, (const float *x, long count, float largest, int8_t *out),          \
    (x, count, largest, out))                                                                     \
  X(int32_t, adapt_dot_int8, (const int8_t *a, const int8_t *b, long count), (a, b, count))       \
  X(void, adapt_quantise_nf4,                                                                     \
    (const float *x, long count, long block, uint8_t *codes, float *scales),                      \
    (x, count, block, codes, scales))                                                             \
  X(void, adapt_widen_nf4,                                                                        \
    (const uint8_t *codes, long first, long count, const float *scales, long block, float *out),  \
    (codes, first, count, scales, block, out))                                                    \
  X(void, adapt_widen_scales,                                                                     \
    (const uint8_t *codes, long first, long count, const float *map, const float *outer,          \
     long block, float offset, float *out),                                                       \
    (codes, first, count, map, outer, block, offset, out))                                        \
  X(void, adapt_rows_f32,                                                                         \
    (const float *w, long rows, long columns, const float *x, long N, float *out, long stride),   \
    (w, rows, columns, x, N, out, stride))                                                        \
  X(void, adapt_rows_bf16,                                                                        \
    (const uint16_t *w, long rows, long columns, const float *x, long N, float *out,              \
     long stride),                                                                                \
    (w, rows, columns, x, N, out, stride))                                                        \
  X(void, adapt_rows_f16,                                                                         \
    (const uint16_t *w, long rows, long columns, const float *x, long N, float *out,              \
     long stride),                                                                                \
    (w, rows, columns, x, N, out, stride))                                                        \
  X(void, adapt_rows_int8,                                                                        \
    (const int8_t *w, const float *scales, long rows, long columns, const float *x, long N,       \
     float *out, long stride),                                                                    \
    (w, scales, rows, columns, x, N, out, stride))                                                \
  X(void, adapt_arrange_nf4, (const float *x, long N, long columns, long block, float *out),      \
    (x, N, columns, block, out))                                                                         \
  X(void, adapt_rows_nf4,                                                                         \
    (const uint8_t *codes, const float *scales, long block, long first, long rows, long columns,  \
     const float *x, long N, float *out, long stride),                                            \
    (codes, scales, block, first, rows, columns, x, N, out, stride))                              \
  X(void, adapt_rms_norm,                                                                         \
    (const float *x, long rows, long columns, const float *gain, float epsilon, float *out,       \
     float *inverse),                                                                             \
    (x, rows, columns, gain, epsilon, out, inverse))                                              \
  X(void, adapt_rms_norm_backward,                                                                \
    (const float *x, const float *inverse, const float *gain, const float *dy, long rows,         \
     long columns, float *dx, float *dgain),                                                      \
    (x, inverse, gain, dy, rows, columns, dx, dgain))                                             \
  X(void, adapt_silu, (const float *x, long count, float *out), (x, count, out))                  \
  X(void, adapt_silu_backward, (const float *x, const float *dy, long count, float *dx),          \
    (x, dy, count, dx))                                                                           \
  X(void, adapt_swiglu, (const float *gate, const float *up, long count, float *out),             \
    (gate, up, count, out))                                                                       \
  X(void, adapt_swiglu_backward,                                                                  \
    (const float *gate, const float *up, const float *dy, long count, float *dgate, float *dup),  \
    (gate, up, dy, count, dgate, dup))                                                            \
  X(void, adapt_gelu, (const float *x, long count, float *out), (x, count, out))                  \
  X(void, adapt_gelu_backward, (const float *x, const float *dy, long count, float *dx),          \
    (x, dy, count, dx))                                                                           \
  X(void, adapt_gelu_tanh, (const float *x, long count, float *out), (x, count, out))             \
  X(void, adapt_gelu_tanh_backward, (const float *x, const float *dy, long count, float *dx),     \
    (x, dy, count, dx))                                                                           \
  X(void, adapt_softmax_backward,                                                                 \
    (const float *p, const float *dp, long rows, long columns, long stride, float *ds),           \
    (p, dp, rows, columns, stride, ds))                                                           \
  X(void, adapt_rotary,                                                                           \
    (float *x, long rows, long stride, long heads, long width, long rotated, const float *cosine, \
     const float *sine, const long *positions, float direction),                                  \
    (x, rows, stride, heads, width, rotated, cosine, sine, positions, direction))                 \
  X(void, adapt_add_column_sums,                                                                  \
    (const float *x, long rows, long columns, long stride, float *out),                           \
    (x, rows, columns, stride, out))                                                              \
  X(void, adapt_add_scaled, (float *y, const float *x, float scale, long count),                  \
    (y, x, scale, count))                                                                         \
  X(double, adapt_sum_squares, (const float *x, long count), (x, count))                          \
  X(void, adapt_adamw,                                                                            \
    (float *w, float *m, float *v, const float *g, long count, const adapt_adamw_step *step),     \
    (w, m, v, g, count, step))                                                                    \
  ADAPT_GRADIENT_KERNELS(X)

#define ADAPT_ENTRY(result, name, parameters, arguments) result(*name) parameters;
struct adapt_table {
  ADAPT_KERNELS(ADAPT_ENTRY)
};
#undef ADAPT_ENTRY

// The kernels of one level, or NULL when this processor lacks it: tests check every one of them.
const struct adapt_table *adapt_kernels_at(int level);

#endif
