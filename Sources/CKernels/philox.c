// The generator itself, for whoever needs single numbers.
#include <string.h>

#include "CKernels.h"
#include "philox.h"

void adapt_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t words[4]) {
  memcpy(words, counter, 16);
  philox(words, key[0], key[1]);
}
