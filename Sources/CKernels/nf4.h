// NF4: two codes a byte, the first in the high half, one scale per block of the flat array. Code i stands for
// the i-th value of a fixed table (Dettmers et al., arXiv:2305.14314, appendix E).

static const float KERNEL(nf4_values)[16] = {
    -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f,
    -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,
    0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f,
    0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f};

// The number of midpoints below each value; a value on a midpoint goes to the lower code.
ADAPT_INLINE ints nf4_codes(floats v) {
  ints code = {0};
  for (int i = 0; i < 15; i++) {
    float middle = (KERNEL(nf4_values)[i] + KERNEL(nf4_values)[i + 1]) * 0.5f;
    code -= (v > middle);  // a true lane is -1
  }
  return code;
}

static void KERNEL(adapt_quantise_nf4)(const float *x, long count, long block, uint8_t *codes,
                                       float *scales) {
  for (long start = 0; start < count; start += block) {
    long size = count - start < block ? count - start : block;
    float largest = KERNEL(adapt_largest_magnitude)(x + start, size);
    scales[start / block] = largest;
    floats divisor = splat(largest > 1e-38f ? largest : 1e-38f);
    EACH_VECTOR(j, lanes, size) {
      ints code = nf4_codes(load_some(x + start + j, lanes) / divisor);
      uint8_t *out = codes + (start + j) / 2;
      for (long lane = 0; lane < lanes; lane += 2)
        out[lane / 2] = (uint8_t)(code[lane] << 4 | code[lane + 1]);
    }
  }
}

// Sixteen values from the eight bytes at `p`, unscaled.
ADAPT_INLINE floats from_nf4(const uint8_t *p) {
#if ADAPT_LEVEL >= 3
  __m128i raw = _mm_loadl_epi64((const __m128i *)p), mask = _mm_set1_epi8(15);
  __m128i high = _mm_and_si128(_mm_srli_epi16(raw, 4), mask), low = _mm_and_si128(raw, mask);
  __m128i codes = _mm_unpacklo_epi8(high, low);
#if ADAPT_LEVEL >= 4
  __m512 table = _mm512_loadu_ps(KERNEL(nf4_values));
  return (floats)_mm512_permutexvar_ps(_mm512_cvtepu8_epi32(codes), table);
#else
  // Two tables of eight; bit 3 of the code, moved to the sign, chooses between them.
  __m256 negative = _mm256_loadu_ps(KERNEL(nf4_values));
  __m256 positive = _mm256_loadu_ps(KERNEL(nf4_values) + 8);
  floats v;
  for (int half = 0; half < 2; half++) {
    __m256i index = _mm256_cvtepu8_epi32(half ? _mm_srli_si128(codes, 8) : codes);
    __m256 sign = _mm256_castsi256_ps(_mm256_slli_epi32(index, 28));
    __m256 part = _mm256_blendv_ps(_mm256_permutevar8x32_ps(negative, index),
                                   _mm256_permutevar8x32_ps(positive, index), sign);
    memcpy((char *)&v + half * sizeof part, &part, sizeof part);
  }
  return v;
#endif
#else
  floats v;
  for (int i = 0; i < LANES / 2; i++) {
    v[2 * i] = KERNEL(nf4_values)[p[i] >> 4];
    v[2 * i + 1] = KERNEL(nf4_values)[p[i] & 15];
  }
  return v;
#endif
}

ADAPT_INLINE float one_nf4(const uint8_t *codes, long index) {
  uint8_t pair = codes[index / 2];
  return KERNEL(nf4_values)[index % 2 ? pair & 15 : pair >> 4];
}

// One run inside a block.
ADAPT_INLINE void widen_nf4_run(const uint8_t *codes, long first, long count, float scale,
                                float *out) {
  long j = 0;
  if (first % 2 && count > 0) {
    out[0] = one_nf4(codes, first) * scale;
    j = 1;
  }
  for (; j + LANES <= count; j += LANES)
    store(out + j, from_nf4(codes + (first + j) / 2) * scale);
  for (; j < count; j++) out[j] = one_nf4(codes, first + j) * scale;
}

static void KERNEL(adapt_widen_nf4)(const uint8_t *codes, long first, long count,
                                    const float *scales, long block, float *out) {
  long run = block - first % block;  // what is left of the first block
  for (long j = 0; j < count; j += run, run = block, scales++) {
    if (run > count - j) run = count - j;
    widen_nf4_run(codes, first + j, run, *scales, out + j);
  }
}

static void KERNEL(adapt_widen_scales)(const uint8_t *codes, long first, long count,
                                       const float *map, const float *outer, long block,
                                       float offset, float *out) {
#pragma clang fp contract(off)  // two roundings, as the reference has them
  float table[256];
  long run = block - first % block;
  outer += first / block;
  codes += first;
  for (long start = 0; start < count; start += run, run = block, outer++) {
    if (run > count - start) run = count - start;
    const float scale = *outer;
    // A long run first forms by vectors what each code stands for in this block: 1.2 cycles a scale, not 2.1.
    if (run >= 128) {
      for (int i = 0; i < 256; i++) table[i] = map[i] * scale + offset;
#pragma clang loop unroll_count(8)
      for (long j = start; j < start + run; j++) out[j] = table[codes[j]];
    } else {
      for (long j = start; j < start + run; j++) out[j] = map[codes[j]] * scale + offset;
    }
  }
}
