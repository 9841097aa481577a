// OpenBLAS' C interface. Debian keeps cblas.h in an architecture folder that clang searches by itself.
#ifndef ADAPT_COPENBLAS_H
#define ADAPT_COPENBLAS_H
#include <cblas.h>
#include <stddef.h>

// Of the LAPACK in the same library; gfortran passes the length of a string behind the other arguments.
extern void sgesdd_(
    const char *job, const blasint *m, const blasint *n, float *a, const blasint *lda, float *s,
    float *u, const blasint *ldu, float *vt, const blasint *ldvt, float *work,
    const blasint *lwork, blasint *iwork, blasint *info, size_t job_length);

// Singular values of the column-major m x n matrix a, which is overwritten, with the leading vectors of both sides:
// u is m x k, vt k x n with k the smaller of the two. A size of -1 asks for that of work.
static inline blasint adapt_singular_values(
    blasint m, blasint n, float *a, float *s, float *u, float *vt, float *work, blasint size,
    blasint *integers) {
  blasint k = m < n ? m : n, info = 0;
  sgesdd_("S", &m, &n, a, &m, s, u, &m, vt, &k, work, &size, integers, &info, 1);
  return info;
}
#endif
