// A few input rows times a large weight matrix, each weight read once from where it rests:
// out[n][i] = sum over j of x[n][j] * w[i][j]. x is dense and stays in the first-level cache.

enum resting_type { REST_F32, REST_BF16, REST_F16, REST_INT8 };

ADAPT_INLINE long resting_size(int type) {
  return type == REST_F32 ? 4 : type == REST_INT8 ? 1 : 2;
}

ADAPT_INLINE floats from_rest(int type, const char *p) {
  if (type == REST_F32) return load((const float *)p);
  if (type == REST_BF16) return from_bf16((const uint16_t *)p);
  if (type == REST_F16) return from_f16((const uint16_t *)p);
  return from_int8((const int8_t *)p);
}

ADAPT_INLINE floats from_rest_part(int type, const char *p, long count) {
  char rest[LANES * 4] = {0};
  memcpy(rest, p, (size_t)(count * resting_size(type)));
  return from_rest(type, rest);
}

// 64 weights of one byte: one load and not four, which the processor's prefetch follows better.
ADAPT_INLINE void line_from_int8(const int8_t *p, floats *out) {
#if ADAPT_LEVEL >= 4
  __m512i raw = _mm512_loadu_si512(p);
  out[0] = (floats)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm512_castsi512_si128(raw)));
  out[1] = (floats)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm512_extracti32x4_epi32(raw, 1)));
  out[2] = (floats)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm512_extracti32x4_epi32(raw, 2)));
  out[3] = (floats)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm512_extracti32x4_epi32(raw, 3)));
#else
  for (int u = 0; u < 4; u++) out[u] = from_int8(p + u * LANES);
#endif
}

// U vectors of one weight row against N rows of x.
ADAPT_INLINE void row_step(int type, int N, int U, const char *w, const float *x, long columns,
                           floats *s) {
  floats weights[4];
  if (type == REST_INT8 && U == 4)
    line_from_int8((const int8_t *)w, weights);
  else
#pragma clang loop unroll(full)
    for (int u = 0; u < U; u++) weights[u] = from_rest(type, w + u * LANES * resting_size(type));
#pragma clang loop unroll(full)
  for (int u = 0; u < U; u++)
#pragma clang loop unroll(full)
    for (int n = 0; n < N; n++) s[n * U + u] += weights[u] * load(x + n * columns + u * LANES);
}

// Bytes that a prefetch into the second-level cache runs ahead; 0 for none. The processor's own prefetch draws
// 30-33 GB/s of one Zen 4 core from a single stream, as long as loads run far ahead of the arithmetic. One of
// ours for every line takes its place and draws 23; for every other line of f32 it keeps up. Where arithmetic
// holds the loads back, ours are needed.
ADAPT_INLINE long ahead_of(int type, int N) {
  if (N > 1 || type == REST_INT8) return 16384;
  return type == REST_F32 ? 2048 : 0;
}

// One weight row against N rows of x. Rows are read one after the other: four side by side, which load x once
// for all, are four streams and drew 12-15 GB/s.
ADAPT_INLINE void row_products(int type, int N, int U, const char *w, long columns, const float *x,
                               floats *sums) {
  const long step = U * LANES, size = resting_size(type);
  const long ahead = ahead_of(type, N);
  floats s[8 * 4] = {{0}};
  long j = 0;
#pragma clang loop unroll(disable)
  for (; j + step <= columns; j += step) {
    if (ahead > 0)
      for (long line = 0; line < step * size; line += 128)
        __builtin_prefetch(w + j * size + ahead + line, 0, 2);
    row_step(type, N, U, w + j * size, x + j, columns, s);
  }
  for (; j < columns; j += LANES) {
    long lanes = columns - j < LANES ? columns - j : LANES;
    const char *p = w + j * size;
    floats weight = lanes == LANES ? from_rest(type, p) : from_rest_part(type, p, lanes);
#pragma clang loop unroll(full)
    for (int n = 0; n < N; n++) s[n * U] += weight * load_some(x + n * columns + j, lanes);
  }
#pragma clang loop unroll(full)
  for (int n = 0; n < N; n++) {
    floats sum = s[n * U];
#pragma clang loop unroll(full)
    for (int u = 1; u < U; u++) sum += s[n * U + u];
    sums[n * 4] = sum;
  }
}

// Four rows at a time only to add up the lanes of their sums together.
ADAPT_INLINE void all_rows(int type, int N, int U, const char *w, const float *scales, long rows,
                           long columns, const float *x, float *out, long stride) {
  const long pitch = columns * resting_size(type);
  floats sums[8 * 4] = {{0}};
  for (long i = 0; i < rows; i += 4) {
    long together = rows - i < 4 ? rows - i : 4;
    for (long r = 0; r < together; r++, w += pitch)
      row_products(type, N, U, w, columns, x, sums + r);
#pragma clang loop unroll(full)
    for (int n = 0; n < N; n++) {
      quads y = sum_lanes_of_four(sums + n * 4);
      for (long r = 0; r < together; r++)
        out[n * stride + i + r] = scales ? y[r] * scales[i + r] : y[r];
    }
  }
}

typedef void rows_kernel(const char *w, const float *scales, long rows, long columns,
                         const float *x, float *out, long stride);

// A function of its own for each type and N, so that none crowds the registers of another.
#define ROWS_OF(type, N, U)                                                                    \
  static __attribute__((noinline)) void rows_of_##type##_##N(                                  \
      const char *w, const float *scales, long rows, long columns, const float *x, float *out, \
      long stride) {                                                                           \
    all_rows(REST_##type, N, U, w, scales, rows, columns, x, out, stride);                     \
  }
#define ROWS(type, U)                                                                       \
  ROWS_OF(type, 1, U) ROWS_OF(type, 2, 2) ROWS_OF(type, 3, 2) ROWS_OF(type, 4, 1)           \
  ROWS_OF(type, 5, 1) ROWS_OF(type, 6, 1) ROWS_OF(type, 7, 1) ROWS_OF(type, 8, 1)              \
  static rows_kernel *const rows_of_##type[] = {                                               \
      rows_of_##type##_1, rows_of_##type##_2, rows_of_##type##_3, rows_of_##type##_4,          \
      rows_of_##type##_5, rows_of_##type##_6, rows_of_##type##_7, rows_of_##type##_8};
// Vectors a step for one row of x: one cache line where the type is not f32.
ROWS(F32, 4)
ROWS(BF16, 2)
ROWS(F16, 2)
ROWS(INT8, 4)
#undef ROWS
#undef ROWS_OF

ADAPT_INLINE void few_rows(rows_kernel *const *kernels, const void *w, const float *scales,
                           long rows, long columns, const float *x, long N, float *out,
                           long stride) {
  for (; N > 0; N -= 8, x += 8 * columns, out += 8 * stride)
    kernels[(N < 8 ? N : 8) - 1](w, scales, rows, columns, x, out, stride);
}

static void KERNEL(adapt_rows_f32)(const float *w, long rows, long columns, const float *x, long N,
                                   float *out, long stride) {
  few_rows(rows_of_F32, w, NULL, rows, columns, x, N, out, stride);
}

static void KERNEL(adapt_rows_bf16)(const uint16_t *w, long rows, long columns, const float *x,
                                    long N, float *out, long stride) {
  few_rows(rows_of_BF16, w, NULL, rows, columns, x, N, out, stride);
}

static void KERNEL(adapt_rows_f16)(const uint16_t *w, long rows, long columns, const float *x,
                                   long N, float *out, long stride) {
  few_rows(rows_of_F16, w, NULL, rows, columns, x, N, out, stride);
}

static void KERNEL(adapt_rows_int8)(const int8_t *w, const float *scales, long rows, long columns,
                                    const float *x, long N, float *out, long stride) {
  few_rows(rows_of_INT8, w, scales, rows, columns, x, N, out, stride);
}

// NF4 by chunks of 128 codes, 64 bytes. A 32-bit lane holds eight neighbouring codes; shifting all lanes by
// one code's place and looking the low four bits up yields every eighth weight, so x is laid out likewise:
// arranged[chunk][k][lane] = x[chunk][8 * lane + k]. Half a chunk at the end of a row is arranged twice, and the
// ends of two rows make one chunk.
enum { CHUNK = 128, PIECE = 512, AHEAD = 16384 };

// Whether every row starts on a multiple of 64 codes and half a chunk has one scale.
ADAPT_INLINE int by_chunks(long columns, long block) {
  return ADAPT_LEVEL >= 4 && columns % 64 == 0 && block >= 64 && (block & (block - 1)) == 0;
}

static void KERNEL(adapt_arrange_nf4)(const float *x, long N, long columns, long block,
                                      float *out) {
  const long padded = (columns + CHUNK - 1) / CHUNK * CHUNK;
  for (long n = 0; n < N; n++, x += columns, out += padded)
    for (long j = 0; j < padded; j++) {
      long within = j % CHUNK;
      long place = by_chunks(columns, block) ? j - within + within % 8 * LANES + within / 8 : j;
      // The second half of a begun chunk repeats the first: another row's codes stand there.
      out[place] = j < columns ? x[j] : by_chunks(columns, block) ? x[j - CHUNK / 2] : 0;
    }
}

#if ADAPT_LEVEL >= 4
ADAPT_INLINE floats two_scales(float low, float high) {
  return (floats)_mm512_mask_blend_ps(0xff00, _mm512_set1_ps(low), _mm512_set1_ps(high));
}

// 128 codes of each of R weight rows against N rows of x; for one row of x in two sums, as one would wait for itself.
ADAPT_INLINE void nf4_chunk(int N, int R, const __m512i *codes, const floats *scale, const float *x,
                            long padded, floats *sums) {
  const __m512 table = _mm512_loadu_ps(KERNEL(nf4_values));
  const int parts = N == 1 ? 2 : 1;
  floats part[2][8] = {{{0}}};
#pragma clang loop unroll(full)
  for (int k = 0; k < 8; k++) {
    floats weight[2];
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++)
      weight[r] = (floats)_mm512_permutexvar_ps(
          _mm512_srli_epi32(codes[r], k / 2 * 8 + (k % 2 ? 0 : 4)), table);
#pragma clang loop unroll(full)
    for (int n = 0; n < N; n++) {
      floats v = load(x + n * padded + k * LANES);
#pragma clang loop unroll(full)
      for (int r = 0; r < R; r++) part[k % parts][n * R + r] += weight[r] * v;
    }
  }
#pragma clang loop unroll(full)
  for (int n = 0; n < N; n++)
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) {
      floats sum = part[0][n * R + r];
      if (parts > 1) sum += part[1][n * R + r];
      sums[n * R + r] += sum * scale[r];
    }
}

// Adds to each row the half of `tail` that is its own.
ADAPT_INLINE void add_halves(int N, int R, const floats *tail, floats *sums) {
#pragma clang loop unroll(full)
  for (int n = 0; n < N; n++)
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) {
      floats *sum = sums + n * R + r;
      *sum = (floats)_mm512_mask_add_ps((__m512)*sum, r ? 0xff00 : 0x00ff, (__m512)*sum, (__m512)tail[n]);
    }
}

// The last 64 codes of R <= 2 rows, side by side in one chunk.
ADAPT_INLINE void nf4_tail(int N, int R, const uint8_t *const *codes, const float *const *scales,
                           const float *x, long padded, floats *sums) {
  __m256i low = _mm256_loadu_si256((const __m256i *)codes[0]);
  __m256i high = R > 1 ? _mm256_loadu_si256((const __m256i *)codes[R - 1]) : _mm256_setzero_si256();
  __m512i raw = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
  floats scale = two_scales(*scales[0], *scales[R - 1]), tail[4] = {{0}};
  nf4_chunk(N, 1, &raw, &scale, x, padded, tail);
  add_halves(N, R, tail, sums);
}

// R rows from the flat index `flat` on; scales[0] belongs to block `origin`.
ADAPT_INLINE void nf4_rows(int N, int R, const uint8_t *codes, const float *scales, int shift,
                           long origin, long flat, long columns, const float *x, float *out,
                           long stride) {
  const long padded = (columns + CHUNK - 1) / CHUNK * CHUNK;
  const uint8_t *ahead = codes + flat / 2 + (R * columns / 2 > AHEAD ? R * columns / 2 : AHEAD);
  floats sums[8] = {{0}};
  long j = 0;
  for (; j + CHUNK <= columns; j += CHUNK) {
    __m512i raw[2];
    floats scale[2];
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) {
      long index = flat + r * columns + j;
      __builtin_prefetch(ahead + (j * R + r * CHUNK) / 2, 0, 2);
      raw[r] = _mm512_loadu_si512(codes + index / 2);
      scale[r] = two_scales(scales[(index >> shift) - origin], scales[((index + 64) >> shift) - origin]);
    }
    nf4_chunk(N, R, raw, scale, x + j, padded, sums);
  }
  if (j < columns) {
    const uint8_t *p[2];
    const float *own[2];
    for (int r = 0; r < R; r++) {
      long index = flat + r * columns + j;
      p[r] = codes + index / 2;
      own[r] = scales + (index >> shift) - origin;
    }
    nf4_tail(N, R, p, own, x + j, padded, sums);
  }
#pragma clang loop unroll(full)
  for (int n = 0; n < N; n++)
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) out[n * stride + r] = sum_lanes(sums[n * R + r]);
}

ADAPT_INLINE void all_nf4_rows(int N, const uint8_t *codes, const float *scales, long block,
                               long first, long rows, long columns, const float *x, float *out,
                               long stride) {
  const int shift = __builtin_ctzl((unsigned long)block);
  const long origin = first * columns >> shift;
  long i = 0;
  for (; i + 2 <= rows; i += 2)
    nf4_rows(N, 2, codes, scales, shift, origin, (first + i) * columns, columns, x, out + i, stride);
  if (i < rows)
    nf4_rows(N, 1, codes, scales, shift, origin, (first + i) * columns, columns, x, out + i, stride);
}
#endif

// Any shape, any level: a piece of the row is widened into the first-level cache and multiplied there.
ADAPT_INLINE void nf4_rows_by_pieces(const uint8_t *codes, const float *scales, long block,
                                     long first, long rows, long columns, const float *x,
                                     long padded, long N, float *out, long stride) {
  float weights[PIECE];
  const long origin = first * columns / block;
  for (long i = 0; i < rows; i++) {
    long flat = (first + i) * columns;
    for (long n = 0; n < N; n++) out[n * stride + i] = 0;
    for (long j = 0; j < columns; j += PIECE) {
      long count = columns - j < PIECE ? columns - j : PIECE;
      KERNEL(adapt_widen_nf4)
      (codes, flat + j, count, scales + (flat + j) / block - origin, block, weights);
      for (long n = 0; n < N; n++)
        out[n * stride + i] += dot(weights, x + n * padded + j, count);
    }
  }
}

static void KERNEL(adapt_rows_nf4)(const uint8_t *codes, const float *scales, long block,
                                   long first, long rows, long columns, const float *x, long N,
                                   float *out, long stride) {
  const long padded = (columns + CHUNK - 1) / CHUNK * CHUNK;
#if ADAPT_LEVEL >= 4
  if (by_chunks(columns, block)) {
    for (; N > 0; N -= 4, x += 4 * padded, out += 4 * stride) {
      switch (N) {
        case 1: all_nf4_rows(1, codes, scales, block, first, rows, columns, x, out, stride); break;
        case 2: all_nf4_rows(2, codes, scales, block, first, rows, columns, x, out, stride); break;
        case 3: all_nf4_rows(3, codes, scales, block, first, rows, columns, x, out, stride); break;
        default: all_nf4_rows(4, codes, scales, block, first, rows, columns, x, out, stride);
      }
    }
    return;
  }
#endif
  nf4_rows_by_pieces(codes, scales, block, first, rows, columns, x, padded, N, out, stride);
}
