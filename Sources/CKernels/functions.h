// Functions of sixteen floats that forward and backward kernels share.
#ifndef ADAPT_FUNCTIONS_H
#define ADAPT_FUNCTIONS_H

#include "vector.h"

// The normal distribution's upper tail at |x|, 0.5 * erfc(|x| / sqrt 2), by the fit of activations.c.
ADAPT_INLINE floats normal_tail(floats x) {
  floats z = choose(x < 0.0f, -x, x) * splat(0.70710678118654752f);
  floats r = splat(-7.678303859393054e-08f);
  r = r * z + 2.0902457436022814e-06f;
  r = r * z + -2.496554225217551e-05f;
  r = r * z + 0.00017116819799412042f;
  r = r * z + -0.0007254029624164104f;
  r = r * z + 0.0017415776383131742f;
  r = r * z + -0.00016654221690259874f;
  r = r * z + -0.019185679033398628f;
  r = r * z + 0.10279950499534607f;
  r = r * z + 0.6366143226623535f;
  r = r * z + 1.1283795833587646f;
  return choose(z > 5.0f, splat(0), splat(0.5f) * exponential(-(r * z)));
}

// The distribution itself; both signs start from the tail, so that no digits cancel for x < 0.
ADAPT_INLINE floats normal_distribution(floats x) {
  floats tail = normal_tail(x);
  return choose(x < 0.0f, tail, 1.0f - tail);
}

// tanh x. Below 0.625 an odd polynomial of degree 11 keeps the relative error near 4e-9 (our own minimax-like
// fit by reweighted least squares); above it 1 - 2 / (e^2x + 1) loses nothing.
ADAPT_INLINE floats hyperbolic_tangent(floats x) {
  floats a = choose(x < 0.0f, -x, x), z = x * x;
  floats p = splat(-0.005717020481824875f);
  p = p * z + 0.02065056376159191f;
  p = p * z + -0.05374348908662796f;
  p = p * z + 0.13331490755081177f;
  p = p * z + -0.3333328366279602f;
  floats near = x + x * z * p;
  floats far = 1.0f - splat(2) / (exponential(a + a) + 1.0f);
  return choose(a < 0.625f, near, choose(x < 0.0f, -far, far));
}

// 1 / (1 + e^-x)
ADAPT_INLINE floats logistic(floats x) { return splat(1) / (exponential(-x) + 1.0f); }

#endif
