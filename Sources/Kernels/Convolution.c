/* Convolution in one dimension, straight from a tile of the input: no matrix of columns, no packing of the tile. */
#include "Convolution.h"
#include "Blocks.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { rows = kernel_convolve_rows, columns = kernel_convolve_columns };

#define UNROLL _Pragma("clang loop unroll(full)")

/* A block of sums: HEIGHT output channels x WIDTH vectors of LANES columns, held in registers. An ELEMENT is what one lane
 * multiplies: a float, or two of bfloat16. */
#define BLOCK(linkage, name, attributes, element, lanes, height, width, multiply_add)                                   \
  typedef float name##_sum __attribute__((vector_size(4 * (lanes))));                                                   \
  typedef element name##_element __attribute__((vector_size(4 * (lanes))));                                             \
  attributes static inline __attribute__((always_inline)) void name##_part(                                             \
    const element *weights, const element *tile, long stride, long channels, long taps, const long *offsets, float *sums) { \
    name##_sum sum[height][width] = {0};                                                                                \
    for (long channel = 0; channel < channels; channel++, tile += stride) {                                             \
      for (long tap = 0; tap < taps; tap++, weights += rows) {                                                          \
        const element *at = tile + offsets[tap];                                                                        \
        name##_element x[width];                                                                                        \
        UNROLL for (int v = 0; v < (width); v++) memcpy(&x[v], at + v * (lanes), 4 * (lanes));                          \
        UNROLL for (int r = 0; r < (height); r++) {                                                                     \
          const name##_element w = weights[r] - (name##_element){0};                                                    \
          UNROLL for (int v = 0; v < (width); v++) sum[r][v] = multiply_add(w, x[v], sum[r][v]);                        \
        }                                                                                                               \
      }                                                                                                                 \
    }                                                                                                                   \
    UNROLL for (int r = 0; r < (height); r++)                                                                           \
      UNROLL for (int v = 0; v < (width); v++) memcpy(sums + r * columns + v * (lanes), &sum[r][v], 4 * (lanes));       \
  }                                                                                                                     \
  attributes linkage void name(                                                                                         \
    const void *weights, const void *tile, long stride, long channels, long taps, const long *offsets, float *sums) {   \
    for (int row = 0; row < rows; row += (height))                                                                      \
      for (int column = 0; column < columns; column += (lanes) * (width))                                               \
        name##_part(                                                                                                    \
          (const element *)weights + row, (const element *)tile + column, stride, channels, taps, offsets,              \
          sums + row * columns + column);                                                                               \
  }

#define FUSED(a, b, c) __builtin_elementwise_fma(a, b, c)
#define SEPARATE(a, b, c) ((a) * (b) + (c))
#define PAIRS(a, b, c) ((__typeof__(c))_mm512_dpbf16_ps((__m512)(c), (__m512bh)(a), (__m512bh)(b)))

#if defined(__x86_64__)
BLOCK(static, block_avx512, __attribute__((target("avx512f,fma"))), float, 16, 8, 3, FUSED)
BLOCK(static, block_avx2, __attribute__((target("avx2,fma"))), float, 8, 4, 3, FUSED)
BLOCK(static, block_sse2, , float, 4, 4, 3, SEPARATE)
BLOCK(extern, block_bf16, __attribute__((target("avx512f,avx512bf16"))), uint32_t, 16, 8, 3, PAIRS)
static block *choose(void) {
  if (__builtin_cpu_supports("avx512f")) return block_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return block_avx2;
  return block_sse2;
}

int kernel_has_bf16(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512bf16");
}

__attribute__((target("avx512f,avx512bw,avx512bf16"))) void kernel_pair_bf16(
  const float *even, const float *odd, uint32_t *pairs, long count) {
  short order[32];
  for (short i = 0; i < 16; i++) {
    order[2 * i] = i;
    order[2 * i + 1] = (short)(16 + i);
  }
  const __m512i interleave = _mm512_loadu_si512(order);
  for (long i = 0; i < count; i += 16) {
    const __mmask16 mask = (__mmask16)(count - i < 16 ? (1u << (count - i)) - 1 : 0xffff);
    const __m512 a = _mm512_maskz_loadu_ps(mask, even + i), b = _mm512_maskz_loadu_ps(mask, odd + i);
    const __m512i both = (__m512i)_mm512_cvtne2ps_pbh(b, a);
    _mm512_mask_storeu_epi32(pairs + i, mask, _mm512_permutexvar_epi16(interleave, both));
  }
}
#else
BLOCK(static, block_plain, , float, 4, 4, 3, FUSED)
static block *choose(void) { return block_plain; }
int kernel_has_bf16(void) { return 0; }
void kernel_pair_bf16(const float *even, const float *odd, uint32_t *pairs, long count) {
  (void)even, (void)odd, (void)pairs, (void)count;
}
#endif

/* A row of sums into the output. */
CLONES void block_finish(const float *sum, float bias, float scale, int adds, float *out, long count) {
  if (adds)
    for (long c = 0; c < count; c++) out[c] = (sum[c] + bias + out[c]) * scale;
  else
    for (long c = 0; c < count; c++) out[c] = (sum[c] + bias) * scale;
}

static inline void convolve(
  block *sum_block, const char *weights, const char *tile, long stride, long channels, long taps, long dilation,
  const float *bias, float scale, int adds, float *out, long out_stride, long out_channels, long out_columns) {
  float sums[rows * columns] __attribute__((aligned(64)));
  long offsets[taps];
  for (long tap = 0; tap < taps; tap++) offsets[tap] = tap * dilation;
  for (long channel = 0; channel < out_channels; channel += rows) {
    const char *group = weights + 4 * channel * channels * taps;
    const long height = out_channels - channel < rows ? out_channels - channel : rows;
    for (long column = 0; column < out_columns; column += columns) {
      sum_block(group, tile + 4 * column, stride, channels, taps, offsets, sums);
      const long width = out_columns - column < columns ? out_columns - column : columns;
      for (long r = 0; r < height; r++)
        block_finish(sums + r * columns, bias[channel + r], scale, adds, out + (channel + r) * out_stride + column, width);
    }
  }
}

void kernel_convolve(
  const float *weights, const float *tile, long stride, long channels, long taps, long dilation, const float *bias,
  float scale, int adds, float *out, long out_stride, long out_channels, long out_columns) {
  convolve(
    choose(), (const char *)weights, (const char *)tile, stride, channels, taps, dilation, bias, scale, adds, out,
    out_stride, out_channels, out_columns);
}

void kernel_convolve_bf16(
  const uint32_t *weights, const uint32_t *tile, long stride, long pairs, long taps, long dilation, const float *bias,
  float scale, int adds, float *out, long out_stride, long out_channels, long out_columns) {
#if defined(__x86_64__)
  convolve(
    block_bf16, (const char *)weights, (const char *)tile, stride, pairs, taps, dilation, bias, scale, adds, out,
    out_stride, out_channels, out_columns);
#else
  (void)weights, (void)tile, (void)stride, (void)pairs, (void)taps, (void)dilation, (void)bias, (void)scale, (void)adds;
  (void)out, (void)out_stride, (void)out_channels, (void)out_columns;
#endif
}
