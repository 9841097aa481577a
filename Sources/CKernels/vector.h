// Sixteen floats at a time in the compiler's own vectors: one source for AVX-512, AVX2 and anything else.
#ifndef ADAPT_VECTOR_H
#define ADAPT_VECTOR_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Every kernel is compiled once per instruction set (level_*.c) under a name of its own.
#define ADAPT_JOIN(name, level) name##_##level
#define ADAPT_NAME(name, level) ADAPT_JOIN(name, level)
#define KERNEL(name) ADAPT_NAME(name, ADAPT_LEVEL_NAME)

#define ADAPT_INLINE static inline __attribute__((always_inline))

enum { LANES = 16 };
typedef float floats __attribute__((vector_size(LANES * 4)));
typedef int32_t ints __attribute__((vector_size(LANES * 4)));
typedef uint32_t words __attribute__((vector_size(LANES * 4)));
typedef uint16_t halves __attribute__((vector_size(LANES * 2)));
typedef int8_t bytes __attribute__((vector_size(LANES)));

#define PICK __builtin_shufflevector

// Vectors travel by pointer or inside one inlined body; nothing crosses a call boundary by value.
#pragma clang diagnostic ignored "-Wpsabi"

ADAPT_INLINE floats splat(float v) { return (floats){0} + v; }

ADAPT_INLINE floats load(const float *p) {
  floats v;
  memcpy(&v, p, sizeof v);
  return v;
}

ADAPT_INLINE void store(float *p, floats v) { memcpy(p, &v, sizeof v); }

// The first `count` < LANES floats, the rest filled with `fill`.
ADAPT_INLINE floats load_part(const float *p, long count, float fill) {
  floats v = splat(fill);
  memcpy(&v, p, (size_t)count * sizeof(float));
  return v;
}

ADAPT_INLINE void store_part(float *p, floats v, long count) {
  memcpy(p, &v, (size_t)count * sizeof(float));
}

// Lanes of `count` <= LANES floats: whole vectors and the rest of a row in one loop.
ADAPT_INLINE floats load_some(const float *p, long count) {
  return count == LANES ? load(p) : load_part(p, count, 0);
}

ADAPT_INLINE void store_some(float *p, floats v, long count) {
  if (count == LANES)
    store(p, v);
  else
    store_part(p, v, count);
}

// Steps `j` through `count` elements by vectors; `lanes` of them are inside.
#define EACH_VECTOR(j, lanes, count)                                                           \
  for (long j = 0, lanes = (count) < LANES ? (count) : LANES; j < (count);                     \
       j += LANES, lanes = (count) - j < LANES ? (count) - j : LANES)

ADAPT_INLINE floats choose(ints mask, floats yes, floats no) {
  return (floats)((mask & (ints)yes) | (~mask & (ints)no));
}

ADAPT_INLINE floats larger(floats a, floats b) { return choose(a > b, a, b); }

// One float of each of four vectors, summed by halves: lane i is the sum of part[i].
typedef float quads __attribute__((vector_size(16)));

ADAPT_INLINE quads sum_lanes_of_four(const floats part[4]) {
  floats a = part[0], b = part[1], c = part[2], d = part[3];
  floats p = PICK(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
             PICK(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  floats q = PICK(c, d, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
             PICK(c, d, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  floats r = PICK(p, q, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
             PICK(p, q, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  r += PICK(r, r, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  r += PICK(r, r, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  return PICK(r, r, 0, 4, 8, 12);
}

// The same sum of one vector, bit for bit.
ADAPT_INLINE float sum_lanes(floats v) {
  floats r = v + PICK(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  quads s = PICK(r, r, 0, 1, 2, 3) + PICK(r, r, 4, 5, 6, 7);
  s += PICK(s, s, 2, 3, 0, 1);
  return s[0] + s[1];
}

// e^x for x <= 88 (larger is cut there); below -87 the result is 0; NaN stays NaN. x = n ln 2 + r with
// |r| <= ln 2 / 2, ln 2 in two parts so that r is exact, and a Taylor polynomial of degree 7 for e^r, whose
// remainder is below 6e-9 there.
ADAPT_INLINE floats exponential(floats x) {
  const floats magic = splat(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer
  floats v = choose(x > -87.0f, choose(x < 88.0f, x, splat(88)), splat(-87));
  floats n = (v * splat(1.44269504088896341f) + magic) - magic;
  floats r = (v - n * splat(0.693359375f)) + n * splat(2.12194440e-4f);
  floats p = splat(1.0f / 5040);
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  ints exponent = __builtin_convertvector(n, ints);
  floats scaled = p * (floats)((exponent + 127) << 23);
  return choose(x < -87.0f, splat(0), choose(x == x, scaled, x));
}

#endif
