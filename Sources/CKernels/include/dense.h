// Kernels of the forward pass on f32 rows.
#ifndef ADAPT_DENSE_H
#define ADAPT_DENSE_H

// x[i][j] += bias[j]
void adapt_bias(float *x, long rows, long columns, long stride, const float *bias);

// x[i][j] = gelu(x[i][j] + bias[j]), gelu(v) = v * Phi(v) with the exact normal distribution; bias may be NULL.
void adapt_bias_gelu(float *x, long rows, long columns, long stride, const float *bias);

// x[i][j] = max(x[i][j] + bias[j], 0), NaN kept; bias may be NULL.
void adapt_bias_relu(float *x, long rows, long columns, long stride, const float *bias);

// Each row becomes exp(x - max) / sum; a row of -inf only becomes NaN, as in the reference libraries.
void adapt_softmax(float *x, long rows, long columns, long stride);

// x = layer_norm(x + bias + residual) * gain + shift over each row, dense rows; bias and residual may be NULL.
// Mean and variance in two passes over the row, so that a large mean costs no digits.
void adapt_layer_norm(float *x, long rows, long columns, const float *bias, const float *residual,
                      const float *gain, const float *shift, float epsilon);

// out[j] = mean over the rows of x[i][j]; zeros when there is no row.
void adapt_mean_rows(const float *x, long rows, long columns, float *out);

// out[i] = sum over j of matrix[i][j] * vector[j], dense rows: one pass at the speed of memory.
void adapt_scores(const float *matrix, long rows, long columns, const float *vector, float *out);

// out[n][i] = sum over j of x[n][j] * w[i][j] for `rows` rows of w and N of x, read where they lie: 106 GFLOP/s of
// one Zen 4 core at K 384 from 64 rows of x on, where OpenBLAS reaches 82 to 99. x is best kept to what the
// second-level cache holds.
void adapt_tile_products(const float *w, long rows, long w_stride, long columns, const float *x, long N,
                         long x_stride, float *out, long stride);

// Packs up to 32 rows of w for adapt_panel_products: out[k][i] = w[i][k], zeros for the rows that are missing.
void adapt_pack_panel(const float *w, long rows, long columns, long stride, float *out);

// out[n][i] = sum over j of x[n][j] * w[i][j], w as panels of 32 rows packed one after the other. The last panel
// fetches what stands at `next`, which may be NULL, into the second-level cache: 112 of 117 GFLOP/s of one Zen 4 core
// with the weights in memory, K 384 and 20 rows of x, where adapt_tile_products reaches 88. A sum does not depend on N.
void adapt_panel_products(const float *w, long rows, long columns, const float *x, long N, long x_stride, float *out,
                          long stride, const float *next);

// Attention inside one short segment and head: out[i] = sum over j of softmax(scale * q[i] . k[j]) v[j] for `rows`
// <= 128 rows of q, k and v, all `stride` apart.
void adapt_attend_segment(const float *q, const float *k, const float *v, long rows, long stride, long width,
                          float scale, float *out, long out_stride);

// Sum of all values: the naive reader that shows what bandwidth the machine has.
float adapt_read(const float *x, long count);

#endif
