/* Convolution in one dimension, straight from a tile of the input: no matrix of columns, no packing of the tile. */
#include "Convolution.h"
#include <string.h>

#pragma STDC FP_CONTRACT OFF

enum { rows = kernel_convolve_rows, columns = kernel_convolve_columns };

/* A block of sums: HEIGHT output channels x WIDTH vectors of LANES columns, held in registers. */
#define BLOCK(name, attributes, lanes, height, width, multiply_add)                                                     \
  typedef float name##_vector __attribute__((vector_size(4 * (lanes))));                                                \
  attributes static inline __attribute__((always_inline)) void name##_part(                                             \
    const float *weights, const float *tile, long stride, long channels, long taps, long dilation, float *sums) {       \
    name##_vector sum[height][width] = {0};                                                                             \
    for (long channel = 0; channel < channels; channel++, tile += stride) {                                             \
      const float *at = tile;                                                                                           \
      for (long tap = 0; tap < taps; tap++, at += dilation, weights += rows) {                                          \
        name##_vector x[width];                                                                                         \
        _Pragma("clang loop unroll(full)") for (int v = 0; v < (width); v++) memcpy(&x[v], at + v * (lanes), 4 * (lanes)); \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < (height); r++) {                                         \
          const name##_vector w = weights[r] - (name##_vector){0};                                                      \
          _Pragma("clang loop unroll(full)") for (int v = 0; v < (width); v++) sum[r][v] = multiply_add(w, x[v], sum[r][v]); \
        }                                                                                                               \
      }                                                                                                                 \
    }                                                                                                                   \
    _Pragma("clang loop unroll(full)") for (int r = 0; r < (height); r++)                                               \
      _Pragma("clang loop unroll(full)") for (int v = 0; v < (width); v++)                                              \
        memcpy(sums + r * columns + v * (lanes), &sum[r][v], 4 * (lanes));                                              \
  }                                                                                                                     \
  attributes static void name(                                                                                          \
    const float *weights, const float *tile, long stride, long channels, long taps, long dilation, float *sums) {       \
    for (int row = 0; row < rows; row += (height))                                                                      \
      for (int column = 0; column < columns; column += (lanes) * (width))                                               \
        name##_part(weights + row, tile + column, stride, channels, taps, dilation, sums + row * columns + column);     \
  }

#define FUSED(a, b, c) __builtin_elementwise_fma(a, b, c)
#define SEPARATE(a, b, c) ((a) * (b) + (c))

typedef void block(const float *, const float *, long, long, long, long, float *);

#if defined(__x86_64__)
BLOCK(block_avx512, __attribute__((target("avx512f,fma"))), 16, 8, 3, FUSED)
BLOCK(block_avx2, __attribute__((target("avx2,fma"))), 8, 4, 3, FUSED)
BLOCK(block_sse2, , 4, 4, 3, SEPARATE)
static block *choose(void) {
  if (__builtin_cpu_supports("avx512f")) return block_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return block_avx2;
  return block_sse2;
}
#else
BLOCK(block_plain, , 4, 4, 3, FUSED)
static block *choose(void) { return block_plain; }
#endif

void kernel_convolve(
  const float *weights, const float *tile, long stride, long channels, long taps, long dilation, const float *bias,
  float scale, int adds, float *out, long out_stride, long out_channels, long out_columns) {
  block *const sum_block = choose();
  float sums[rows * columns] __attribute__((aligned(64)));
  for (long channel = 0; channel < out_channels; channel += rows) {
    const float *group = weights + channel * channels * taps;
    const long height = out_channels - channel < rows ? out_channels - channel : rows;
    for (long column = 0; column < out_columns; column += columns) {
      sum_block(group, tile + column, stride, channels, taps, dilation, sums);
      const long width = out_columns - column < columns ? out_columns - column : columns;
      for (long r = 0; r < height; r++) {
        float *to = out + (channel + r) * out_stride + column;
        const float *sum = sums + r * columns, b = bias[channel + r];
        if (adds)
          for (long c = 0; c < width; c++) to[c] = (sum[c] + b + to[c]) * scale;
        else
          for (long c = 0; c < width; c++) to[c] = (sum[c] + b) * scale;
      }
    }
  }
}
