// Kernels of the differentiated operations: forward passes that save what the backward pass needs, and the
// backward passes themselves. The rules of CKernels.h hold: row-major f32, no alignment, 0 rows and columns.
#ifndef ADAPT_GRADIENTS_H
#define ADAPT_GRADIENTS_H

#include <stdint.h>

// --- elementwise.h: `count` floats each; `out` may be an input ---------------------------------------------

// out = x + scale * y
void adapt_sum(const float *x, const float *y, float scale, long count, float *out);
// out = scale * x
void adapt_scale(const float *x, float scale, long count, float *out);
// out = x * y
void adapt_multiply(const float *x, const float *y, long count, float *out);
// out = f(x) and dx = dy * f'(x); the slope of relu at 0 is 0.
void adapt_relu(const float *x, long count, float *out);
void adapt_relu_backward(const float *x, const float *dy, long count, float *dx);
void adapt_tanh(const float *x, long count, float *out);
void adapt_tanh_backward(const float *x, const float *dy, long count, float *dx);
void adapt_sigmoid(const float *x, long count, float *out);
void adapt_sigmoid_backward(const float *x, const float *dy, long count, float *dx);

// --- broadcast.h: x [rows, columns] dense --------------------------------------------------------------------

// out[i][j] = x[i][j] * row[j] or column[i] * x[i][j]; the same with + for adapt_add_row and adapt_add_column.
void adapt_multiply_row(const float *x, const float *row, long rows, long columns, float *out);
void adapt_multiply_column(const float *x, const float *column, long rows, long columns, float *out);
void adapt_add_row(const float *x, const float *row, long rows, long columns, float *out);
void adapt_add_column(const float *x, const float *column, long rows, long columns, float *out);
// out[j] += sum over i of x[i][j] * y[i][j]
void adapt_column_products(const float *x, const float *y, long rows, long columns, float *out);
// out[i] = sum over j of x[i][j] * y[i][j]; y may be NULL for 1; rows of x and y `x_stride`, `y_stride` apart.
void adapt_row_sums(const float *x, long x_stride, const float *y, long y_stride, long rows, long columns,
                    float *out);

// --- norms.h ------------------------------------------------------------------------------------------------

// y = (x - mean) * inverse * gain + shift, saving mean and inverse of each row
void adapt_layer_norm_saving(const float *x, const float *gain, const float *shift, long rows, long columns,
                             float epsilon, float *y, float *mean, float *inverse);
void adapt_layer_norm_backward(const float *x, const float *gain, const float *mean, const float *inverse,
                               const float *dy, long rows, long columns, float *dx);
// dgain[j] += sum over i of dy * (x - mean) * inverse
void adapt_layer_norm_gain(const float *x, const float *mean, const float *inverse, const float *dy,
                           long rows, long columns, float *dgain);

// --- attention.h: a tile of scores [rows, columns], rows `stride` apart --------------------------------------

// Row i may see the columns first[i] ..< last[i] of the tile (clamped). Scores are replaced by
// e^(s - maximum) under the new running maximum (soft-capped first when cap > 0: s = cap * tanh(s / cap)),
// `sum` is carried along, and correction[i] is what earlier sums and outputs of the row must be multiplied by.
void adapt_streaming_softmax(float *scores, long rows, long columns, long stride, const int32_t *first,
                             const int32_t *last, float cap, float *maximum, float *sum, float *correction);
// x[i][j] *= factor[i]
void adapt_scale_rows(float *x, long rows, long columns, long stride, const float *factor);
// out[i] = x[i] / sum[i]; logs[i] = maximum + ln sum; a row that saw nothing gives zeros and -inf.
void adapt_finish_softmax(const float *x, long x_stride, long rows, long columns, const float *maximum,
                          const float *sum, float *out, long out_stride, float *logs, long logs_stride);
// scores -> p = e^(s - logs[i]) under the same mask and cap, and dp -> dp of the raw product:
// p * (dp - inner[i]) * (1 - tanh^2) * scale.
void adapt_attention_backward(float *scores, float *dp, long rows, long columns, long stride,
                            const int32_t *first, const int32_t *last, float cap, const float *logs,
                            const float *inner, float scale);

// The queries [group, width] of one position and one key head over `count` > 0 keys and values, rows `stride`
// apart: scores [group, count] become e^(scale * q . k - maximum), out[g] their sum of values, not yet divided by
// sum[g].
void adapt_attend_keys(const float *q, long group, long width, const float *keys, const float *values,
                       long stride, long count, float scale, float cap, float *scores, float *out,
                       float *maximum, float *sum);
// The result of one query from its parts over different keys; maximum and sum of a part are `stride` apart.
void adapt_merge_attention(const float *x, long x_stride, const float *maximum, const float *sum,
                           long stride, long parts, long width, float *out);

// --- entropy.h ----------------------------------------------------------------------------------------------

// For each row of logits with target t: losses[i] = ln sum e^l - l[t], logs[i] = ln sum e^l. `losses` and `logs`
// may be NULL.
void adapt_cross_entropy(const float *logits, const int32_t *targets, long rows, long columns,
                         float *losses, float *logs);
// logits -> weight[i] * (softmax - onehot) in place, from the saved logs; where cap > 0 the logits are those
// of adapt_soft_cap and the derivative that comes in their place is that of the logits before it.
void adapt_cross_entropy_backward(float *logits, const int32_t *targets, const float *logs,
                                  const float *weight, long rows, long columns, float cap);

// x[j] = cap * tanh(x[j] / cap)
void adapt_soft_cap(float *x, long count, float cap);

// --- dropout.h ----------------------------------------------------------------------------------------------

// Philox 4x32-10 (Salmon, Moraes, Dror, Shaw, SC'11): the four words of one counter under one key.
// Integers only: not in the list.
void adapt_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t words[4]);
// out[i] = x[i] * scale where word i of the stream is >= threshold, else 0. Word i is word i % 4 of the counter
// (low and high half of i / 4, stream[0], stream[1]). `start` is the index of the first element.
void adapt_dropout(const float *x, long count, uint64_t start, const uint32_t key[2],
                   const uint32_t stream[2], uint32_t threshold, float scale, float *out);

// The part of the kernels' list (kernels.h) that is declared here.
#define ADAPT_GRADIENT_KERNELS(X)                                                               \
  X(void, adapt_sum,                                                                            \
    (const float *x, const float *y, float scale, long count, float *out),                      \
    (x, y, scale, count, out))                                                                  \
  X(void, adapt_scale,                                                                          \
    (const float *x, float scale, long count, float *out),                                      \
    (x, scale, count, out))                                                                     \
  X(void, adapt_multiply,                                                                       \
    (const float *x, const float *y, long count, float *out),                                   \
    (x, y, count, out))                                                                         \
  X(void, adapt_relu,                                                                           \
    (const float *x, long count, float *out),                                                   \
    (x, count, out))                                                                            \
  X(void, adapt_relu_backward,                                                                  \
    (const float *x, const float *dy, long count, float *dx),                                   \
    (x, dy, count, dx))                                                                         \
  X(void, adapt_tanh,                                                                           \
    (const float *x, long count, float *out),                                                   \
    (x, count, out))                                                                            \
  X(void, adapt_tanh_backward,                                                                  \
    (const float *x, const float *dy, long count, float *dx),                                   \
    (x, dy, count, dx))                                                                         \
  X(void, adapt_sigmoid,                                                                        \
    (const float *x, long count, float *out),                                                   \
    (x, count, out))                                                                            \
  X(void, adapt_sigmoid_backward,                                                               \
    (const float *x, const float *dy, long count, float *dx),                                   \
    (x, dy, count, dx))                                                                         \
  X(void, adapt_multiply_row,                                                                   \
    (const float *x, const float *row, long rows, long columns, float *out),                    \
    (x, row, rows, columns, out))                                                               \
  X(void, adapt_multiply_column,                                                                \
    (const float *x, const float *column, long rows, long columns, float *out),                 \
    (x, column, rows, columns, out))                                                            \
  X(void, adapt_add_row,                                                                        \
    (const float *x, const float *row, long rows, long columns, float *out),                    \
    (x, row, rows, columns, out))                                                               \
  X(void, adapt_add_column,                                                                     \
    (const float *x, const float *column, long rows, long columns, float *out),                 \
    (x, column, rows, columns, out))                                                            \
  X(void, adapt_column_products,                                                                \
    (const float *x, const float *y, long rows, long columns, float *out),                      \
    (x, y, rows, columns, out))                                                                 \
  X(void, adapt_row_sums,                                                                       \
    (const float *x, long x_stride, const float *y, long y_stride, long rows, long              \
     columns, float *out),                                                                      \
    (x, x_stride, y, y_stride, rows, columns, out))                                             \
  X(void, adapt_layer_norm_saving,                                                              \
    (const float *x, const float *gain, const float *shift, long rows, long columns, float      \
     epsilon, float *y, float *mean, float *inverse),                                           \
    (x, gain, shift, rows, columns, epsilon, y, mean, inverse))                                 \
  X(void, adapt_layer_norm_backward,                                                            \
    (const float *x, const float *gain, const float *mean, const float *inverse, const          \
     float *dy, long rows, long columns, float *dx),                                            \
    (x, gain, mean, inverse, dy, rows, columns, dx))                                            \
  X(void, adapt_layer_norm_gain,                                                                \
    (const float *x, const float *mean, const float *inverse, const float *dy, long rows,       \
     long columns, float *dgain),                                                               \
    (x, mean, inverse, dy, rows, columns, dgain))                                               \
  X(void, adapt_streaming_softmax,                                                              \
    (float *scores, long rows, long columns, long stride, const int32_t *first, const           \
     int32_t *last, float cap, float *maximum, float *sum, float *correction),                  \
    (scores, rows, columns, stride, first, last, cap, maximum, sum, correction))                \
  X(void, adapt_scale_rows,                                                                     \
    (float *x, long rows, long columns, long stride, const float *factor),                      \
    (x, rows, columns, stride, factor))                                                         \
  X(void, adapt_finish_softmax,                                                                 \
    (const float *x, long x_stride, long rows, long columns, const float *maximum, const        \
     float *sum, float *out, long out_stride, float *logs, long logs_stride),                   \
    (x, x_stride, rows, columns, maximum, sum, out, out_stride, logs, logs_stride))             \
  X(void, adapt_attend_keys,                                                                    \
    (const float *q, long group, long width, const float *keys, const float *values, long       \
     stride, long count, float scale, float cap, float *scores, float *out, float *maximum,     \
     float *sum),                                                                               \
    (q, group, width, keys, values, stride, count, scale, cap, scores, out, maximum, sum))      \
  X(void, adapt_merge_attention,                                                                \
    (const float *x, long x_stride, const float *maximum, const float *sum, long stride, long   \
     parts, long width, float *out),                                                            \
    (x, x_stride, maximum, sum, stride, parts, width, out))                                     \
  X(void, adapt_attention_backward,                                                             \
    (float *scores, float *dp, long rows, long columns, long stride, const int32_t *first,      \
     const int32_t *last, float cap, const float *logs, const float *inner, float scale),       \
    (scores, dp, rows, columns, stride, first, last, cap, logs, inner, scale))                  \
  X(void, adapt_cross_entropy,                                                                  \
    (const float *logits, const int32_t *targets, long rows, long columns, float *losses,       \
     float *logs),                                                                              \
    (logits, targets, rows, columns, losses, logs))                                             \
  X(void, adapt_cross_entropy_backward,                                                         \
    (float *logits, const int32_t *targets, const float *logs, const float *weight, long        \
     rows, long columns, float cap),                                                            \
    (logits, targets, logs, weight, rows, columns, cap))                                        \
  X(void, adapt_soft_cap, (float *x, long count, float cap), (x, count, cap))                   \
  X(void, adapt_dropout,                                                                        \
    (const float *x, long count, uint64_t start, const uint32_t key[2], const uint32_t          \
     stream[2], uint32_t threshold, float scale, float *out),                                   \
    (x, count, start, key, stream, threshold, scale, out))

#endif
