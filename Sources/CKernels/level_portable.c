// The kernels for any processor the compiler was told of, without assumptions of ours.
#include <math.h>
#include <string.h>

#include "kernels.h"

#define ADAPT_LEVEL 1
#define ADAPT_LEVEL_NAME portable
#include "level.h"
