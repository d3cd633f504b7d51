/* Convolutions of 3, 7, 11, ... taps with fewer products, in bfloat16: Winograd's minimal filtering F(2, 3).
 *
 * Two outputs that are `dilation` apart and three taps need four products instead of six:
 *   m1 = (x0 - x2) g0, m2 = (x1 + x2) (g0 + g1 + g2) / 2, m3 = (x2 - x1) (g0 - g1 + g2) / 2, m4 = (x1 - x3) g2,
 *   y0 = m1 + m2 + m3, y1 = m2 - m3 - m4.
 * Taps are taken by threes; of the single taps between, each makes a product for y0 (added to m1) and one for y1 (to m4):
 * 4, 10, 16 products where there were 6, 14, 22. m1 ... m4 are summed over channels before they become outputs.
 *
 * Columns are numbered in pairs: pair n has the columns t = 2 d (n / d) + n % d and t + d, for a dilation d. E[n] = x[t] and
 * O[n] = x[t + d]; then the streams of a tile are A = E[n] - E[n + d], P = O[n] + E[n + d], Q = E[n + d] - O[n],
 * B = O[n] - O[n + d], and, beyond three taps, E and O. All of it only where kernel_has_bf16(). */
#ifndef CANTIGA_WINOGRAD_H
#define CANTIGA_WINOGRAD_H
#include <stdint.h>

/* Streams of a tile for so many taps, and products for two outputs. */
long kernel_winograd_streams(long taps);
long kernel_winograd_products(long taps);
/* Columns that a stream must have for so many pairs of outputs, and samples that it is made from. */
long kernel_winograd_columns(long pairs, long taps, long dilation);
long kernel_winograd_samples(long columns, long dilation);

/* Packs weights [out_channels][channels][taps] into groups of 8 outputs: [4 sums][pairs of channels][products of the sum][8]. */
long kernel_winograd_weights_count(long out_channels, long channels, long taps);
void kernel_winograd_pack(const float *weights, long out_channels, long channels, long taps, uint32_t *packed);

/* Makes the streams of two channels from their samples. memory: 4 x (columns + dilation + 16) numbers. */
void kernel_winograd_split(
  const float *even, const float *odd, long taps, long dilation, float *memory, uint32_t *streams, long stream_stride, long columns);

/* out[o][t] = (bias[o] + sums, + out[o][t] if it adds) x scale, for out_columns columns from the tile's first on.
 *   tile: for each two channels `streams` rows of stream_stride;  memory: 18 x (pairs + 48) numbers, of ceil(out_columns / (2 d)) d pairs. */
void kernel_winograd_convolve(
  const uint32_t *weights, const uint32_t *tile, long stream_stride, long channels, long taps, long dilation, const float *bias,
  float scale, int adds, float *memory, float *out, long out_stride, long out_channels, long out_columns);

#endif
