#ifndef CANTIGA_CONVOLUTION_H
#define CANTIGA_CONVOLUTION_H
#include <stdint.h>

/* Output channels in a group of weights, and output columns computed at once. */
enum { kernel_convolve_rows = 8, kernel_convolve_columns = 48 };

/* Convolution of a tile: out[o][t] = (bias[o] + sum over c, k of w[o][c][k] tile[c][t + k dilation], + out[o][t] if it
 * adds) x scale. Sums run over channels, then taps, in this order in every version; those for AVX2 and AVX-512 fuse
 * each product with its sum and give the same bits, the one for older x86-64 doesn't.
 *   weights: groups of 8 output channels, the last filled up with zeros, each [channels][taps][8]
 *   tile: channels x stride, readable to 48 columns and (taps - 1) x dilation beyond the last group of columns begun
 *   bias: out_channels;  out: out_channels x out_stride, of which out_columns are written. */
void kernel_convolve(
  const float *weights, const float *tile, long stride, long channels, long taps, long dilation, const float *bias,
  float scale, int adds, float *out, long out_stride, long out_channels, long out_columns);

/* The same with weights and tile in bfloat16, sums in fp32, at up to twice the rate. Two channels lie in one 32-bit
 * element, the even one in its lower half: `pairs` stands for channels, and the last upper half is zero where they are
 * odd in number. Only where kernel_has_bf16(). */
void kernel_convolve_bf16(
  const uint32_t *weights, const uint32_t *tile, long stride, long pairs, long taps, long dilation, const float *bias,
  float scale, int adds, float *out, long out_stride, long out_channels, long out_columns);

/* Rounds two rows to bfloat16 (to nearest, ties to even) and interleaves them: even in the lower halves. */
void kernel_pair_bf16(const float *even, const float *odd, uint32_t *pairs, long count);

/* Whether this processor multiplies bfloat16 (AVX512_BF16). */
int kernel_has_bf16(void);

#endif
