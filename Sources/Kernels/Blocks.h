/* Blocks of sums of a convolution, kept in registers. */
#ifndef CANTIGA_BLOCKS_H
#define CANTIGA_BLOCKS_H
#include "Vectors.h"

enum { block_rows = 8, block_columns = 48 };

/* sums[8][48] = over channels and taps of weights[channel][tap][8] and tile[channel * stride + offsets[tap] + column]. What lies
 * in 4 bytes of weights and tile is the block's affair. */
typedef void block(
  const void *weights, const void *tile, long stride, long channels, long taps, const long *offsets, float *sums);

/* Multiplies bfloat16, two channels in an element: where kernel_has_bf16(). */
block block_bf16;

/* A row of sums into the output: out = (sum + bias, + out if it adds) x scale. */
void block_finish(const float *sum, float bias, float scale, int adds, float *out, long count);

#endif
