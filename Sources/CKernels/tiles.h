// Rows of x times rows of a weight matrix that is read where it lies: out[n][i] = sum over j of x[n][j] * w[i][j].
// A general product copies both factors into panels first; here a tile of sums stays in registers while both
// rows stream by, and only the sums are turned. Each sum is formed in one order whatever the number of rows.
#include "vector.h"

// Sums in registers: 4 x 6 of the 32 that AVX-512 has, fewer where a vector takes two or four registers.
enum { TILE_W = ADAPT_LEVEL >= 4 ? 4 : 2, TILE_X = ADAPT_LEVEL >= 4 ? 6 : 2 };

// The sums over the lanes of four vectors, by adding halves of pairs of them.
ADAPT_INLINE void sums_of_four(const floats *s, float *out) {
  floats a = __builtin_shufflevector(s[0], s[1], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
             __builtin_shufflevector(s[0], s[1], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  floats b = __builtin_shufflevector(s[2], s[3], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
             __builtin_shufflevector(s[2], s[3], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  floats c = __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
             __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  for (int i = 0; i < 4; i++) out[i] = (c[i] + c[i + 8]) + (c[i + 4] + c[i + 12]);
}

// At each step `lines` lines of the next weight rows, from `ahead` on, go to the second-level cache: spread over the
// arithmetic they leave room among the loads under way for x, which a burst of them would hold up.
ADAPT_INLINE void tile(int N, int R, int lines, const float *w, long pitch, long columns, const float *x,
                       long x_stride, float *out, long stride, const float *ahead) {
  floats s[TILE_X * TILE_W] = {{0}}, v[TILE_W];
  long j = 0;
#pragma clang loop unroll(disable)
  for (; j + LANES <= columns; j += LANES) {
#pragma clang loop unroll(full)
    for (int k = 0; k < lines; k++) __builtin_prefetch(ahead + k * pitch + j, 0, 2);
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) v[r] = load(w + r * pitch + j);
#pragma clang loop unroll(full)
    for (int n = 0; n < N; n++) {
      floats u = load(x + n * x_stride + j);
#pragma clang loop unroll(full)
      for (int r = 0; r < R; r++) s[n * R + r] += v[r] * u;
    }
  }
#pragma clang loop unroll(full)
  for (int n = 0; n < N; n++, out += stride) {
    if (R == 4) {
      sums_of_four(s + n * R, out);
    } else {
#pragma clang loop unroll(full)
      for (int r = 0; r < R; r++) {
        floats lanes[4] = {s[n * R + r]};
        float sums[4];
        sums_of_four(lanes, sums);
        out[r] = sums[0];
      }
    }
  }
  out -= N * stride;
  if (j < columns)
    for (int n = 0; n < N; n++)
      for (int r = 0; r < R; r++)
        for (long rest = j; rest < columns; rest++)
          out[n * stride + r] += w[r * pitch + rest] * x[n * x_stride + rest];
}

// The same with as many lines a step as the rows of `ahead` take.
ADAPT_INLINE void tile_ahead(int N, int R, long lines, const float *w, long pitch, long columns,
                             const float *x, long x_stride, float *out, long stride,
                             const float *ahead) {
  if (lines > 2)
    tile(N, R, 4, w, pitch, columns, x, x_stride, out, stride, ahead);
  else if (lines == 2)
    tile(N, R, 2, w, pitch, columns, x, x_stride, out, stride, ahead);
  else if (lines == 1)
    tile(N, R, 1, w, pitch, columns, x, x_stride, out, stride, ahead);
  else
    tile(N, R, 0, w, pitch, columns, x, x_stride, out, stride, ahead);
}

#define TILE(N)                                                                                  \
  case N:                                                                                        \
    tile_ahead(N, R, lines, w, pitch, columns, rows, x_stride, target, stride, ahead);           \
    break;

ADAPT_INLINE void tile_rows(int R, const float *w, long pitch, long columns, const float *x,
                            long x_stride, long N, float *out, long stride) {
  // Each group of rows of x fetches its share of the next R weight rows.
  long groups = (N + TILE_X - 1) / TILE_X, share = groups > 0 ? (R + groups - 1) / groups : 0;
  for (long g = 0; g < groups; g++) {
    long from = N * g / groups, to = N * (g + 1) / groups;
    long lines = g * share < R ? share : 0;
    const float *ahead = w + (R + g * share) * pitch, *rows = x + from * x_stride;
    float *target = out + from * stride;
    switch (to - from) {
      TILE(1)
      TILE(2)
#if ADAPT_LEVEL >= 4
      TILE(3)
      TILE(4)
      TILE(5)
      TILE(6)
#endif
    }
  }
}
#undef TILE

static void KERNEL(adapt_tile_products)(const float *w, long rows, long w_stride, long columns,
                                      const float *x, long N, long x_stride, float *out,
                                      long stride) {
  long i = 0;
  for (; i + TILE_W <= rows; i += TILE_W)
    tile_rows(TILE_W, w + i * w_stride, w_stride, columns, x, x_stride, N, out + i, stride);
  for (; i < rows; i++)
    tile_rows(1, w + i * w_stride, w_stride, columns, x, x_stride, N, out + i, stride);
}
