// Rotary positions in the half-split layout: element j of a head turns with element j + r.
#include "CKernels.h"
#include "vector.h"

ADAPT_KERNEL void adapt_rotate(const float *x, const int32_t *positions, const float *cosines,
                               const float *sines, long rows, long heads, long width, long table,
                               float direction, float *out) {
  for (long i = 0; i < rows; i++) {
    const float *c = cosines + (long)positions[i] * table, *s = sines + (long)positions[i] * table;
    for (long h = 0; h < heads; h++, x += width, out += width) {
      for (long j = 0; j < table; j++) {
        float a = x[j], b = x[j + table], sine = direction * s[j];
        out[j] = a * c[j] - b * sine;
        out[j + table] = b * c[j] + a * sine;
      }
      for (long j = 2 * table; j < width; j++) out[j] = x[j];
    }
  }
}
