// Kernels of the differentiated operations: forward passes that save what the backward pass needs, and the
// backward passes themselves. The rules of CKernels.h hold: row-major f32, no alignment, 0 rows and columns.
#ifndef ADAPT_CGRADIENTS_H
#define ADAPT_CGRADIENTS_H

#include <stdint.h>

// --- elementwise.c: `count` floats each; `out` may be an input ---------------------------------------------

// out = x + scale * y
void adapt_add_scaled(const float *x, const float *y, float scale, long count, float *out);
// out = scale * x
void adapt_scale(const float *x, float scale, long count, float *out);
// out = x * y
void adapt_multiply(const float *x, const float *y, long count, float *out);
// out = f(x) and dx = dy * f'(x)
void adapt_gelu(const float *x, long count, float *out);
void adapt_gelu_backward(const float *x, const float *dy, long count, float *dx);
void adapt_gelu_tanh(const float *x, long count, float *out);
void adapt_gelu_tanh_backward(const float *x, const float *dy, long count, float *dx);
void adapt_relu(const float *x, long count, float *out);
void adapt_relu_backward(const float *x, const float *dy, long count, float *dx);
void adapt_silu(const float *x, long count, float *out);
void adapt_silu_backward(const float *x, const float *dy, long count, float *dx);
void adapt_tanh(const float *x, long count, float *out);
void adapt_tanh_backward(const float *x, const float *dy, long count, float *dx);
void adapt_sigmoid(const float *x, long count, float *out);
void adapt_sigmoid_backward(const float *x, const float *dy, long count, float *dx);
// out = silu(gate) * up; the backward pass writes dgate and dup, either of which may be NULL.
void adapt_swiglu(const float *gate, const float *up, long count, float *out);
void adapt_swiglu_backward(const float *gate, const float *up, const float *dy, long count,
                           float *dgate, float *dup);

// --- broadcast.c: x [rows, columns] dense --------------------------------------------------------------------

// out[i][j] = x[i][j] * row[j] or column[i] * x[i][j]; the same with + for adapt_add_row and adapt_add_column.
void adapt_multiply_row(const float *x, const float *row, long rows, long columns, float *out);
void adapt_multiply_column(const float *x, const float *column, long rows, long columns, float *out);
void adapt_add_row(const float *x, const float *row, long rows, long columns, float *out);
void adapt_add_column(const float *x, const float *column, long rows, long columns, float *out);
// out[j] += sum over i of x[i][j] * y[i][j]; y may be NULL for 1.
void adapt_column_sums(const float *x, const float *y, long rows, long columns, float *out);
// out[i] = sum over j of x[i][j] * y[i][j]; y may be NULL for 1; rows of x and y `x_stride`, `y_stride` apart.
void adapt_row_sums(const float *x, long x_stride, const float *y, long y_stride, long rows, long columns,
                    float *out);

// --- norms.c ------------------------------------------------------------------------------------------------

// y = x * inverse * gain, inverse[i] = 1 / sqrt(mean(x^2) + epsilon)
void adapt_rms_norm(const float *x, const float *gain, long rows, long columns, float epsilon, float *y,
                    float *inverse);
// dx of the same
void adapt_rms_norm_backward(const float *x, const float *gain, const float *inverse, const float *dy,
                             long rows, long columns, float *dx);
// dgain[j] += sum over i of dy * x * inverse
void adapt_rms_norm_gain(const float *x, const float *inverse, const float *dy, long rows, long columns,
                         float *dgain);
// y = (x - mean) * inverse * gain + shift, saving mean and inverse of each row
void adapt_layer_norm_saving(const float *x, const float *gain, const float *shift, long rows, long columns,
                             float epsilon, float *y, float *mean, float *inverse);
void adapt_layer_norm_backward(const float *x, const float *gain, const float *mean, const float *inverse,
                               const float *dy, long rows, long columns, float *dx);
// dgain[j] += sum over i of dy * (x - mean) * inverse
void adapt_layer_norm_gain(const float *x, const float *mean, const float *inverse, const float *dy,
                           long rows, long columns, float *dgain);

// --- positions.c --------------------------------------------------------------------------------------------

// Rotates `heads` heads of `width` floats in each of `rows` rows: with r = table width, elements j and j + r of a
// head turn by the angle whose cosine and sine stand at [positions[i]][j]; elements from 2r on are copied.
// `direction` 1 turns forward, -1 back.
void adapt_rotate(const float *x, const int32_t *positions, const float *cosines, const float *sines,
                  long rows, long heads, long width, long table, float direction, float *out);

// --- attention.c: a tile of scores [rows, columns], rows `stride` apart --------------------------------------

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
void adapt_softmax_backward(float *scores, float *dp, long rows, long columns, long stride,
                            const int32_t *first, const int32_t *last, float cap, const float *logs,
                            const float *inner, float scale);

// --- entropy.c ----------------------------------------------------------------------------------------------

// For each row of logits with target t: losses[i] = ln sum e^l - l[t], logs[i] = ln sum e^l. `losses` and `logs`
// may be NULL.
void adapt_cross_entropy(const float *logits, const int32_t *targets, long rows, long columns,
                         float *losses, float *logs);
// logits -> weight[i] * (softmax - onehot) in place, from the saved logs
void adapt_cross_entropy_backward(float *logits, const int32_t *targets, const float *logs,
                                  const float *weight, long rows, long columns);

// --- random.c -----------------------------------------------------------------------------------------------

// Philox 4x32-10 (Salmon, Moraes, Dror, Shaw, SC'11): the four words of one counter under one key.
void adapt_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t words[4]);
// out[i] = x[i] * scale where word i of the stream is >= threshold, else 0. Word i is word i % 4 of the counter
// (low and high half of i / 4, stream[0], stream[1]). `start` is the index of the first element.
void adapt_dropout(const float *x, long count, uint64_t start, const uint32_t key[2],
                   const uint32_t stream[2], uint32_t threshold, float scale, float *out);

#endif
