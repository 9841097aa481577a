// Rows of x times a weight matrix packed for it: panels of 32 outputs, [input][output] inside a panel, so that the
// weights are one stream in the order of the arithmetic and no sum is formed across lanes.
#include "vector.h"

// 12 x 2 sums in the 32 registers of AVX-512; DEPTH inputs at a time, whose weights are 48 KB.
enum { PANEL = 2 * LANES, PANEL_X = ADAPT_LEVEL >= 4 ? 12 : 2, DEPTH = 384 };

// `depth` inputs of one panel for N rows, added to `out` unless they are the first. With each input `lines` lines from
// `ahead` on go to the second-level cache.
ADAPT_INLINE void panel_tile(int N, int lines, const float *w, long depth, const float *x, long x_stride,
                             floats (*out)[2], int is_first, const float *ahead) {
  floats s[PANEL_X][2];
#pragma clang loop unroll(full)
  for (int n = 0; n < N; n++) {
    s[n][0] = is_first ? splat(0) : out[n][0];
    s[n][1] = is_first ? splat(0) : out[n][1];
  }
#pragma clang loop unroll(disable)
  for (long k = 0; k < depth; k++, w += PANEL) {
    floats a = load(w), b = load(w + LANES);
#pragma clang loop unroll(full)
    for (int l = 0; l < lines; l++) __builtin_prefetch(ahead + (k * lines + l) * LANES, 0, 2);
#pragma clang loop unroll(full)
    for (int n = 0; n < N; n++) {
      float v = x[n * x_stride + k];
      s[n][0] += a * v;
      s[n][1] += b * v;
    }
  }
#pragma clang loop unroll(full)
  for (int n = 0; n < N; n++) {
    out[n][0] = s[n][0];
    out[n][1] = s[n][1];
  }
}

#define TILE(N)                                                                      \
  case N:                                                                            \
    if (lines == 2)                                                                  \
      panel_tile(N, 2, w, depth, x, x_stride, out, is_first, ahead);                 \
    else if (lines == 1)                                                             \
      panel_tile(N, 1, w, depth, x, x_stride, out, is_first, ahead);                 \
    else                                                                             \
      panel_tile(N, 0, w, depth, x, x_stride, out, is_first, ahead);                 \
    break;

static void panel_rows(long N, int lines, const float *w, long depth, const float *x, long x_stride,
                       floats (*out)[2], int is_first, const float *ahead) {
  switch (N) {
    TILE(1)
    TILE(2)
#if ADAPT_LEVEL >= 4
    TILE(3)
    TILE(4)
    TILE(5)
    TILE(6)
    TILE(7)
    TILE(8)
    TILE(9)
    TILE(10)
    TILE(11)
    TILE(12)
#endif
  }
}
#undef TILE

// One panel for the rows of x, at most PANEL_ROWS; the first two groups of rows share the lines of what follows.
enum { PANEL_ROWS = 128 };

ADAPT_INLINE void panel_block(const float *w, long columns, const float *x, long N, long x_stride, float *out,
                              long width, long stride, const float *next) {
  floats sums[PANEL_ROWS][2];
  long groups = (N + PANEL_X - 1) / PANEL_X;
  for (long k = 0; k == 0 || k < columns; k += DEPTH) {
    long depth = columns - k < DEPTH ? columns - k : DEPTH;
    const float *part = w + k * PANEL, *ahead = k + DEPTH < columns ? part + DEPTH * PANEL : next;
    for (long g = 0; g < groups; g++) {
      long from = N * g / groups, to = N * (g + 1) / groups;
      int lines = !ahead || g > 1 ? 0 : groups == 1 ? 2 : 1;
      panel_rows(to - from, lines, part, depth, x + from * x_stride + k, x_stride, sums + from, k == 0,
                 ahead + g * depth * LANES);
    }
  }
  for (long n = 0; n < N; n++, out += stride) {
    if (width == PANEL)
      memcpy(out, sums[n], sizeof sums[n]);
    else
      memcpy(out, sums[n], (size_t)width * sizeof(float));
  }
}

static void KERNEL(adapt_panel_products)(const float *w, long rows, long columns, const float *x, long N,
                                       long x_stride, float *out, long stride, const float *next) {
  for (; N > 0; N -= PANEL_ROWS, x += PANEL_ROWS * x_stride, out += PANEL_ROWS * stride)
    for (long i = 0; i < rows; i += PANEL) {
      const float *panel = w + i * columns;
      panel_block(panel, columns, x, N < PANEL_ROWS ? N : PANEL_ROWS, x_stride, out + i,
                  rows - i < PANEL ? rows - i : PANEL, stride,
                  i + PANEL < rows ? panel + PANEL * columns : next);
    }
}

static void KERNEL(adapt_pack_panel)(const float *w, long rows, long columns, long stride, float *out) {
  for (long j = 0; j < columns; j += LANES)
    for (long i = 0; i < PANEL; i++)
      for (long k = j; k < j + LANES && k < columns; k++) out[k * PANEL + i] = i < rows ? w[i * stride + k] : 0;
}
