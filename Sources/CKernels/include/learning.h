// Kernels of decoders and of training: gates, norms, positions, reductions, the optimiser.
#ifndef ADAPT_LEARNING_H
#define ADAPT_LEARNING_H

// out[j] = x[j] * sigmoid(x[j])
void adapt_silu(const float *x, long count, float *out);

// out[j] = silu(gate[j]) * up[j]
void adapt_swiglu(const float *gate, const float *up, long count, float *out);

// out[j] = x[j] * Phi(x[j]), and its approximation by tanh (arXiv:1606.08415)
void adapt_gelu(const float *x, long count, float *out);
void adapt_gelu_tanh(const float *x, long count, float *out);

// dx[j] = dy[j] * slope at x[j]; dx may be dy.
void adapt_silu_backward(const float *x, const float *dy, long count, float *dx);
void adapt_gelu_backward(const float *x, const float *dy, long count, float *dx);
void adapt_gelu_tanh_backward(const float *x, const float *dy, long count, float *dx);
void adapt_swiglu_backward(const float *gate, const float *up, const float *dy, long count,
                           float *dgate, float *dup);

// out = x * inverse * gain, inverse[i] = 1 / sqrt(mean(x[i]^2) + epsilon); `inverse` may be NULL.
void adapt_rms_norm(const float *x, long rows, long columns, const float *gain, float epsilon,
                    float *out, float *inverse);

// dx from dy and what the forward pass saved; dgain is added to, and may be NULL. dx may be dy.
void adapt_rms_norm_backward(const float *x, const float *inverse, const float *gain,
                             const float *dy, long rows, long columns, float *dx, float *dgain);

// ds = p * (dp - sum(p * dp)) in each row; ds may be dp.
void adapt_softmax_backward(const float *p, const float *dp, long rows, long columns, long stride,
                            float *ds);

// Turns the first `rotated` components of every head of width `width` in place, half against half; cosine and
// sine [*, rotated / 2] by position. Direction 1 is forward, -1 backward.
void adapt_rotary(float *x, long rows, long stride, long heads, long width, long rotated,
                  const float *cosine, const float *sine, const long *positions, float direction);

// out[j] += sum over i of x[i][j]
void adapt_add_column_sums(const float *x, long rows, long columns, long stride, float *out);

// y[j] += scale * x[j]
void adapt_add_scaled(float *y, const float *x, float scale, long count);

// Sum of x[j]^2
double adapt_sum_squares(const float *x, long count);

// The constants of one AdamW step.
typedef struct {
  float keep;              // 1 - rate * decay
  float rest1;             // 1 - beta1
  float beta2;
  float rest2;             // 1 - beta2
  float root_correction2;  // sqrt(1 - beta2^t)
  float epsilon;
  float step_size;         // rate / (1 - beta1^t)
} adapt_adamw_step;

// One step of AdamW on weights w with moments m and v and gradient g.
void adapt_adamw(float *w, float *m, float *v, const float *g, long count,
                 const adapt_adamw_step *step);

#endif
