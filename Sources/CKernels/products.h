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

// R weight rows against N rows of x: each vector of x is loaded once for R rows, each of w once for N. Several
// sums of their own (at least four, by U vectors at a time) hide the latency of the multiply-add; the prefetch
// keeps enough lines under way for one core to draw nearly all the bandwidth.
ADAPT_INLINE void row_products(int type, int N, int R, int U, const char *w, long columns,
                               const float *x, floats *s) {
  const long size = resting_size(type), pitch = columns * size;
  long j = 0;
  for (; j + U * LANES <= columns; j += U * LANES) {
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++)
      for (long line = 0; line < U * LANES * size; line += 64)
        __builtin_prefetch(w + r * pitch + j * size + line + 2048, 0, 3);
#pragma clang loop unroll(full)
    for (int u = 0; u < U; u++) {
      floats weight[4];
#pragma clang loop unroll(full)
      for (int r = 0; r < R; r++) weight[r] = from_rest(type, w + r * pitch + (j + u * LANES) * size);
#pragma clang loop unroll(full)
      for (int n = 0; n < N; n++) {
        floats v = load(x + n * columns + j + u * LANES);
#pragma clang loop unroll(full)
        for (int r = 0; r < R; r++) s[(n * R + r) * U + u] += weight[r] * v;
      }
    }
  }
  for (; j < columns; j += LANES) {
    long lanes = columns - j < LANES ? columns - j : LANES;
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) {
      const char *p = w + r * pitch + j * size;
      floats weight = lanes == LANES ? from_rest(type, p) : from_rest_part(type, p, lanes);
#pragma clang loop unroll(full)
      for (int n = 0; n < N; n++)
        s[(n * R + r) * U] += weight * load_some(x + n * columns + j, lanes);
    }
  }
}

ADAPT_INLINE void rows_together(int type, int N, int R, int U, const char *w, const float *scales,
                                long columns, const float *x, float *out, long stride) {
  floats s[32] = {{0}};
  row_products(type, N, R, U, w, columns, x, s);
#pragma clang loop unroll(full)
  for (int n = 0; n < N; n++)
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) {
      floats sum = s[(n * R + r) * U];
#pragma clang loop unroll(full)
      for (int u = 1; u < U; u++) sum += s[(n * R + r) * U + u];
      out[n * stride + r] = scales ? sum_lanes(sum) * scales[r] : sum_lanes(sum);
    }
}

ADAPT_INLINE void all_rows(int type, int N, int R, int U, const char *w, const float *scales,
                           long rows, long columns, const float *x, float *out, long stride) {
  const long pitch = columns * resting_size(type);
  long i = 0;
  for (; i + R <= rows; i += R)
    rows_together(type, N, R, U, w + i * pitch, scales ? scales + i : NULL, columns, x, out + i,
                  stride);
  for (; i < rows; i++)
    rows_together(type, N, 1, 1, w + i * pitch, scales ? scales + i : NULL, columns, x, out + i,
                  stride);
}

ADAPT_INLINE void few_rows(int type, const char *w, const float *scales, long rows, long columns,
                           const float *x, long N, float *out, long stride) {
  for (; N > 0; N -= 8, x += 8 * columns, out += 8 * stride) {
    switch (N) {
      case 1: all_rows(type, 1, 4, 2, w, scales, rows, columns, x, out, stride); break;
      case 2: all_rows(type, 2, 4, 1, w, scales, rows, columns, x, out, stride); break;
      case 3: all_rows(type, 3, 4, 1, w, scales, rows, columns, x, out, stride); break;
      case 4: all_rows(type, 4, 4, 1, w, scales, rows, columns, x, out, stride); break;
      case 5: all_rows(type, 5, 2, 1, w, scales, rows, columns, x, out, stride); break;
      case 6: all_rows(type, 6, 2, 1, w, scales, rows, columns, x, out, stride); break;
      case 7: all_rows(type, 7, 2, 1, w, scales, rows, columns, x, out, stride); break;
      default: all_rows(type, 8, 2, 1, w, scales, rows, columns, x, out, stride);
    }
  }
}

static void KERNEL(adapt_rows_f32)(const float *w, long rows, long columns, const float *x, long N,
                                   float *out, long stride) {
  few_rows(REST_F32, (const char *)w, NULL, rows, columns, x, N, out, stride);
}

static void KERNEL(adapt_rows_bf16)(const uint16_t *w, long rows, long columns, const float *x,
                                    long N, float *out, long stride) {
  few_rows(REST_BF16, (const char *)w, NULL, rows, columns, x, N, out, stride);
}

static void KERNEL(adapt_rows_f16)(const uint16_t *w, long rows, long columns, const float *x,
                                   long N, float *out, long stride) {
  few_rows(REST_F16, (const char *)w, NULL, rows, columns, x, N, out, stride);
}

static void KERNEL(adapt_rows_int8)(const int8_t *w, const float *scales, long rows, long columns,
                                    const float *x, long N, float *out, long stride) {
  few_rows(REST_INT8, (const char *)w, scales, rows, columns, x, N, out, stride);
}

// NF4 by chunks of 128 codes, 64 bytes. A 32-bit lane holds eight neighbouring codes; shifting all lanes by
// one code's place and looking the low four bits up yields every eighth weight, so x is laid out likewise:
// arranged[chunk][k][lane] = x[chunk][8 * lane + k], zeros behind the last column.
enum { CHUNK = 128, PIECE = 512 };

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
      out[place] = j < columns ? x[j] : 0;
    }
}

#if ADAPT_LEVEL >= 4
ADAPT_INLINE floats two_scales(float low, float high) {
  return (floats)_mm512_mask_blend_ps(0xff00, _mm512_set1_ps(low), _mm512_set1_ps(high));
}

// 128 codes of each of R weight rows against N rows of x.
ADAPT_INLINE void nf4_chunk(int N, int R, const __m512i *codes, const floats *scale, const float *x,
                            long padded, floats *sums) {
  const __m512 table = _mm512_loadu_ps(KERNEL(nf4_values));
  floats part[8] = {{0}};
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
      for (int r = 0; r < R; r++) part[n * R + r] += weight[r] * v;
    }
  }
#pragma clang loop unroll(full)
  for (int n = 0; n < N; n++)
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) sums[n * R + r] += part[n * R + r] * scale[r];
}

// R rows from the flat index `flat` on; scales[0] belongs to block `origin`.
ADAPT_INLINE void nf4_rows(int N, int R, const uint8_t *codes, const float *scales, int shift,
                           long origin, long flat, long columns, const float *x, float *out,
                           long stride) {
  const long padded = (columns + CHUNK - 1) / CHUNK * CHUNK;
  floats sums[8] = {{0}};
  for (long j = 0; j < columns; j += CHUNK) {
    const int whole = j + CHUNK <= columns;
    __m512i raw[2];
    floats scale[2];
#pragma clang loop unroll(full)
    for (int r = 0; r < R; r++) {
      long index = flat + r * columns + j;
      const uint8_t *p = codes + index / 2;
      __builtin_prefetch(p + 2048, 0, 3);
      raw[r] = whole ? _mm512_loadu_si512(p) : _mm512_maskz_loadu_epi32(0x00ff, p);
      scale[r] = two_scales(scales[(index >> shift) - origin],
                            whole ? scales[((index + 64) >> shift) - origin] : 0);
    }
    nf4_chunk(N, R, raw, scale, x + j, padded, sums);
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
