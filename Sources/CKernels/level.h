// All kernels once, for the instruction set the including file has switched on.
#include "vector.h"

#include "activations.h"
#include "rows.h"
#include "numbers.h"
#include "gates.h"
#include "nf4.h"
#include "products.h"
#include "tiles.h"
#include "panels.h"
#include "training.h"
#include "elementwise.h"
#include "broadcast.h"
#include "norms.h"
#include "attention.h"
#include "entropy.h"
#include "dropout.h"

#define ADAPT_ENTRY(result, name, parameters, arguments) .name = KERNEL(name),
const struct adapt_table KERNEL(adapt_table) = {ADAPT_KERNELS(ADAPT_ENTRY)};
#undef ADAPT_ENTRY
