/* What the kernels are written in: vectors of sixteen floats, and a version of each function for each kind of
 * processor. */
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__) && defined(__linux__)
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONES
#endif

typedef double d8 __attribute__((vector_size(64)));
typedef float f16 __attribute__((vector_size(64)));
typedef int i16 __attribute__((vector_size(64)));

/* Unaligned. */
#define LOAD(type, from) ({ type value; memcpy(&value, (from), sizeof value); value; })
#define STORE(to, value) memcpy((to), &(value), sizeof(value))
/* a where the mask is set, else b. */
#define SELECT(mask, a, b) ({ i16 chosen = (mask); (f16)(((i16)(a) & chosen) | ((i16)(b) & ~chosen)); })
#define MAX(a, b) SELECT((a) > (b), (a), (b))
#define MIN(a, b) SELECT((a) < (b), (a), (b))
#define ABS(a) ((f16)((i16)(a) & 0x7fffffff))
