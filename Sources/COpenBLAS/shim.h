// OpenBLAS' C interface. Debian keeps cblas.h in an architecture folder that clang searches by itself.
#ifndef ADAPT_COPENBLAS_H
#define ADAPT_COPENBLAS_H
#include <cblas.h>
#endif
