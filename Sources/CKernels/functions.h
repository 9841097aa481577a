// Functions of sixteen floats that several kernels share.
#ifndef ADAPT_FUNCTIONS_H
#define ADAPT_FUNCTIONS_H

#include "vector.h"

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

// x = cap tanh(x / cap)
ADAPT_INLINE void soft_cap(float *x, long count, float cap) {
  EACH_VECTOR(j, lanes, count)
  store_some(x + j, splat(cap) * hyperbolic_tangent(load_some(x + j, lanes) / cap), lanes);
}

#endif
