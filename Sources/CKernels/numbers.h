// Conversions between f32 and the small types that weights rest in, and the int8 dot product.

// x86-64-v3 and later convert f16 in hardware; elsewhere by bits, sixteen at a time.
#if ADAPT_LEVEL >= 3
ADAPT_INLINE floats from_f16(const uint16_t *p) {
#if ADAPT_LEVEL >= 4
  return (floats)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
#else
  __m256 low = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
  __m256 high = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p + 8)));
  floats v;
  memcpy(&v, &low, sizeof low);
  memcpy((char *)&v + sizeof low, &high, sizeof high);
  return v;
#endif
}

ADAPT_INLINE halves to_f16(floats v) {
  halves out;
#if ADAPT_LEVEL >= 4
  __m256i all = _mm512_cvtps_ph((__m512)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  memcpy(&out, &all, sizeof all);
#else
  __m256 low, high;
  memcpy(&low, &v, sizeof low);
  memcpy(&high, (char *)&v + sizeof low, sizeof high);
  __m128i first = _mm256_cvtps_ph(low, _MM_FROUND_TO_NEAREST_INT);
  __m128i second = _mm256_cvtps_ph(high, _MM_FROUND_TO_NEAREST_INT);
  memcpy(&out, &first, sizeof first);
  memcpy((char *)&out + sizeof first, &second, sizeof second);
#endif
  return out;
}
#else
// Exponent and fraction move to their f32 places; the factor 2^112 corrects the bias and makes subnormals
// normal. Infinity and NaN get the largest exponent instead.
ADAPT_INLINE floats from_f16(const uint16_t *p) {
  halves raw;
  memcpy(&raw, p, sizeof raw);
  words w = __builtin_convertvector(raw, words);
  words magnitude = (w & 0x7fff) << 13;
  words finite = (words)((floats)magnitude * splat(0x1p112f));
  words special = (words)(magnitude >= (uint32_t)0x7c00 << 13);
  words result = (special & (magnitude | 0x7f800000)) | (~special & finite);
  return (floats)(result | (w & 0x8000) << 16);
}

// Round to nearest even. Below 2^-14 adding 1/2 leaves the subnormal's digits, rounded, in the low bits.
ADAPT_INLINE halves to_f16(floats v) {
  words bits = (words)v;
  words magnitude = bits & 0x7fffffff;
  words small = (words)((floats)magnitude + splat(0.5f)) - 0x3f000000;
  words normal = (magnitude + 0xfff + ((magnitude >> 13) & 1) - ((uint32_t)112 << 23)) >> 13;
  words is_small = (words)(magnitude < 0x38800000);
  words is_large = (words)(magnitude >= 0x47800000);
  words is_nan = (words)(magnitude > 0x7f800000);
  words result = (is_small & small) | (~is_small & normal);
  result = (is_large & 0x7c00) | (~is_large & result);
  result = (is_nan & (0x7e00 | ((magnitude >> 13) & 0x3ff))) | (~is_nan & result);
  return __builtin_convertvector(result | ((bits >> 16) & 0x8000), halves);
}
#endif

ADAPT_INLINE floats from_bf16(const uint16_t *p) {
  halves raw;
  memcpy(&raw, p, sizeof raw);
  return (floats)(__builtin_convertvector(raw, words) << 16);
}

// Round to nearest even; a NaN stays a quiet NaN even when its digits are cut.
ADAPT_INLINE halves to_bf16(floats v) {
  words bits = (words)v;
  words rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  words is_nan = (words)(v != v);
  return __builtin_convertvector(
      (is_nan & ((bits >> 16) | 0x40)) | (~is_nan & rounded), halves);
}

ADAPT_INLINE floats from_int8(const int8_t *p) {
#if ADAPT_LEVEL >= 4
  return (floats)_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)));
#else
  bytes raw;
  memcpy(&raw, p, sizeof raw);
  return __builtin_convertvector(raw, floats);
#endif
}

static void KERNEL(adapt_widen_bf16)(const uint16_t *x, long count, float *out) {
  long j = 0;
  for (; j + LANES <= count; j += LANES) store(out + j, from_bf16(x + j));
  for (; j < count; j++) {
    uint32_t bits = (uint32_t)x[j] << 16;
    memcpy(out + j, &bits, sizeof bits);
  }
}

static void KERNEL(adapt_widen_f16)(const uint16_t *x, long count, float *out) {
  long j = 0;
  for (; j + LANES <= count; j += LANES) store(out + j, from_f16(x + j));
  if (j < count) {
    uint16_t rest[LANES] = {0};
    memcpy(rest, x + j, (size_t)(count - j) * sizeof *x);
    store_part(out + j, from_f16(rest), count - j);
  }
}

static void KERNEL(adapt_widen_int8)(const int8_t *x, long count, float scale, float *out) {
  long j = 0;
  for (; j + LANES <= count; j += LANES) store(out + j, from_int8(x + j) * scale);
  for (; j < count; j++) out[j] = (float)x[j] * scale;
}

static void KERNEL(adapt_narrow_bf16)(const float *x, long count, uint16_t *out) {
  EACH_VECTOR(j, lanes, count) {
    halves v = to_bf16(load_some(x + j, lanes));
    memcpy(out + j, &v, (size_t)lanes * sizeof *out);
  }
}

static void KERNEL(adapt_narrow_f16)(const float *x, long count, uint16_t *out) {
  EACH_VECTOR(j, lanes, count) {
    halves v = to_f16(load_some(x + j, lanes));
    memcpy(out + j, &v, (size_t)lanes * sizeof *out);
  }
}

ADAPT_INLINE floats magnitude(floats v) { return (floats)((words)v & 0x7fffffff); }

// Magnitudes order like their bits, so a NaN comes out as the largest of all.
static float KERNEL(adapt_largest_magnitude)(const float *x, long count) {
  words best = {0};
  EACH_VECTOR(j, lanes, count) {
    words v = (words)magnitude(load_some(x + j, lanes));
    words more = (words)(v > best);
    best = (more & v) | (~more & best);
  }
  uint32_t top = 0;
  for (int lane = 0; lane < LANES; lane++) top = best[lane] > top ? best[lane] : top;
  float result;
  memcpy(&result, &top, sizeof result);
  return result;
}

static void KERNEL(adapt_quantise_int8)(const float *x, long count, float largest, int8_t *out) {
  const floats magic = splat(12582912.0f);  // 1.5 * 2^23: adding it rounds to the nearest even integer
  floats factor = splat(largest > 0 ? 127.0f / largest : 0);
  EACH_VECTOR(j, lanes, count) {
    floats scaled = load_some(x + j, lanes) * factor;
    scaled = choose(scaled > 127.0f, splat(127), choose(scaled < -127.0f, splat(-127), scaled));
    floats sum = scaled + magic;
    bytes q = __builtin_convertvector((ints)sum - (ints)magic, bytes);
    memcpy(out + j, &q, (size_t)lanes);
  }
}

static int32_t KERNEL(adapt_dot_int8)(const int8_t *a, const int8_t *b, long count) {
  int32_t sum = 0;
  for (long j = 0; j < count; j++) sum += (int32_t)a[j] * (int32_t)b[j];
  return sum;
}
