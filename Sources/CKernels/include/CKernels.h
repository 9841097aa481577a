// Kernels in C, only where neither BLAS nor Swift SIMD reaches the hardware limit.
#ifndef ADAPT_CKERNELS_H
#define ADAPT_CKERNELS_H
#endif
