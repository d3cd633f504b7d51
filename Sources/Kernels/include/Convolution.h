#ifndef CANTIGA_CONVOLUTION_H
#define CANTIGA_CONVOLUTION_H

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

#endif
