#include "Winograd.h"
#include "Blocks.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

/* Of taps 4 groups - 1: threes with a single tap between. */
static long groups_of(long taps) { return (taps + 1) / 4; }

long kernel_winograd_streams(long taps) { return taps > 3 ? 6 : 4; }
long kernel_winograd_products(long taps) { return 6 * groups_of(taps) - 2; }
long kernel_winograd_columns(long pairs, long taps, long dilation) {
  return (pairs + block_columns - 1) / block_columns * block_columns + 2 * dilation * groups_of(taps);
}
long kernel_winograd_samples(long columns, long dilation) {
  return ((columns + dilation + 15) / dilation + 1) * 2 * dilation;
}

/* Products of each of the four sums. */
static void counts_of(long taps, long counts[4]) {
  const long groups = groups_of(taps);
  counts[0] = counts[3] = 2 * groups - 1;
  counts[1] = counts[2] = groups;
}

static uint32_t bf16_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

/* The weight that sum `sum` multiplies its `index`th product with. */
static float transformed(const float *taps, long groups, int sum, long index) {
  if (index >= groups) return sum == 0 ? taps[4 * (index - groups) + 3] : -taps[4 * (index - groups) + 3];
  const float a = taps[4 * index], b = taps[4 * index + 1], c = taps[4 * index + 2];
  return sum == 0 ? a : sum == 1 ? (a + b + c) / 2 : sum == 2 ? (a - b + c) / 2 : c;
}

long kernel_winograd_weights_count(long out_channels, long channels, long taps) {
  return (out_channels + block_rows - 1) / block_rows * block_rows * ((channels + 1) / 2) * kernel_winograd_products(taps);
}

void kernel_winograd_pack(const float *weights, long out_channels, long channels, long taps, uint32_t *packed) {
  const long groups = groups_of(taps);
  long counts[4];
  counts_of(taps, counts);
  for (long first = 0; first < out_channels; first += block_rows)
    for (int sum = 0; sum < 4; sum++)
      for (long channel = 0; channel < channels; channel += 2)
        for (long index = 0; index < counts[sum]; index++)
          for (long output = first; output < first + block_rows; output++) {
            const float *at = weights + (output * channels + channel) * taps;
            uint32_t low = 0, high = 0;
            if (output < out_channels) {
              low = bf16_bits(transformed(at, groups, sum, index));
              if (channel + 1 < channels) high = bf16_bits(transformed(at + taps, groups, sum, index));
            }
            *packed++ = low | high << 16;
          }
}

/* Every other run of `dilation` samples to each side. */
INLINE void deal(const float *samples, long dilation, long count, float *even, float *odd) {
  for (long n = 0; n < count; n += dilation, samples += 2 * dilation)
    for (long j = 0; j < dilation; j++) {
      even[n + j] = samples[j];
      odd[n + j] = samples[dilation + j];
    }
}

CLONES static void deal_any(const float *samples, long dilation, long count, float *even, float *odd) {
  switch (dilation) {
  case 1: deal(samples, 1, count, even, odd); break;
  case 3: deal(samples, 3, count, even, odd); break;
  case 5: deal(samples, 5, count, even, odd); break;
  default: deal(samples, dilation, count, even, odd);
  }
}

/* And back. */
INLINE void gather(const float *even, const float *odd, long dilation, long count, float *samples) {
  for (long n = 0; n < count; n += dilation, samples += 2 * dilation)
    for (long j = 0; j < dilation; j++) {
      samples[j] = even[n + j];
      samples[dilation + j] = odd[n + j];
    }
}

CLONES static void gather_any(const float *even, const float *odd, long dilation, long count, float *samples) {
  switch (dilation) {
  case 1: gather(even, odd, 1, count, samples); break;
  case 3: gather(even, odd, 3, count, samples); break;
  case 5: gather(even, odd, 5, count, samples); break;
  default: gather(even, odd, dilation, count, samples);
  }
}

/* y0 = m1 + m2 + m3, y1 = m2 - m3 - m4. */
CLONES static void combine(const float *sums, float *even, float *odd, long stride) {
  const long size = block_rows * block_columns;
  for (long r = 0; r < block_rows; r++)
    for (long c = 0; c < block_columns; c++) {
      const float *m = sums + r * block_columns + c;
      even[r * stride + c] = m[0] + m[size] + m[2 * size];
      odd[r * stride + c] = m[size] - m[2 * size] - m[3 * size];
    }
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512bw,avx512bf16"))) void kernel_winograd_split(
  const float *even, const float *odd, long taps, long dilation, float *memory, uint32_t *streams, long stream_stride, long columns) {
  short order[32];
  for (short i = 0; i < 16; i++) {
    order[2 * i] = i;
    order[2 * i + 1] = (short)(16 + i);
  }
  const __m512i interleave = _mm512_loadu_si512(order);
  /* Even and odd runs of each channel. */
  const long length = columns + dilation + 16;
  const float *runs[4] = {memory, memory + length, memory + 2 * length, memory + 3 * length};
  deal_any(even, dilation, columns + dilation, memory, memory + length);
  deal_any(odd, dilation, columns + dilation, memory + 2 * length, memory + 3 * length);
#define STORE_STREAM(stream, of_even, of_odd)                                                                           \
  _mm512_mask_storeu_epi32(                                                                                             \
    streams + (stream) * stream_stride + n, mask,                                                                       \
    _mm512_permutexvar_epi16(interleave, (__m512i)_mm512_cvtne2ps_pbh((of_odd), (of_even))))
  for (long n = 0; n < columns; n += 16) {
    const __mmask16 mask = (__mmask16)(columns - n < 16 ? (1u << (columns - n)) - 1 : 0xffff);
    __m512 e[2], o[2], later_e[2], later_o[2];
    for (int channel = 0; channel < 2; channel++) {
      e[channel] = _mm512_maskz_loadu_ps(mask, runs[2 * channel] + n);
      o[channel] = _mm512_maskz_loadu_ps(mask, runs[2 * channel + 1] + n);
      later_e[channel] = _mm512_maskz_loadu_ps(mask, runs[2 * channel] + n + dilation);
      later_o[channel] = _mm512_maskz_loadu_ps(mask, runs[2 * channel + 1] + n + dilation);
    }
    STORE_STREAM(0, _mm512_sub_ps(e[0], later_e[0]), _mm512_sub_ps(e[1], later_e[1]));
    STORE_STREAM(1, _mm512_add_ps(o[0], later_e[0]), _mm512_add_ps(o[1], later_e[1]));
    STORE_STREAM(2, _mm512_sub_ps(later_e[0], o[0]), _mm512_sub_ps(later_e[1], o[1]));
    STORE_STREAM(3, _mm512_sub_ps(o[0], later_o[0]), _mm512_sub_ps(o[1], later_o[1]));
    if (taps > 3) {
      STORE_STREAM(4, e[0], e[1]);
      STORE_STREAM(5, o[0], o[1]);
    }
  }
}

void kernel_winograd_convolve(
  const uint32_t *weights, const uint32_t *tile, long stream_stride, long channels, long taps, long dilation, const float *bias,
  float scale, int adds, float *memory, float *out, long out_stride, long out_channels, long out_columns) {
  const long groups = groups_of(taps), stride = kernel_winograd_streams(taps) * stream_stride, pairs = (channels + 1) / 2;
  long counts[4], offsets[4][2 * groups];
  counts_of(taps, counts);
  for (int sum = 0; sum < 4; sum++)
    for (long g = 0; g < groups; g++) {
      offsets[sum][g] = sum * stream_stride + 2 * dilation * g;
      if (g + 1 < groups) {
        if (sum == 0) offsets[sum][groups + g] = 5 * stream_stride + dilation * (2 * g + 1);
        if (sum == 3) offsets[sum][groups + g] = 4 * stream_stride + dilation * (2 * g + 2);
      }
    }
  const long all = (out_columns + 2 * dilation - 1) / (2 * dilation) * dilation;
  const long length = (all + block_columns - 1) / block_columns * block_columns;
  float *even = memory, *odd = memory + block_rows * length, *line = odd + block_rows * length;
  float sums[4 * block_rows * block_columns] __attribute__((aligned(64)));
  for (long channel = 0; channel < out_channels; channel += block_rows) {
    for (long column = 0; column < all; column += block_columns) {
      const uint32_t *at = weights;
      for (int sum = 0; sum < 4; sum++) {
        block_bf16(at, tile + column, stride, pairs, counts[sum], offsets[sum], sums + sum * block_rows * block_columns);
        at += pairs * counts[sum] * block_rows;
      }
      combine(sums, even + column, odd + column, length);
    }
    weights += pairs * kernel_winograd_products(taps) * block_rows;
    for (long r = 0; r < block_rows && channel + r < out_channels; r++) {
      gather_any(even + r * length, odd + r * length, dilation, all, line);
      block_finish(line, bias[channel + r], scale, adds, out + (channel + r) * out_stride, out_columns);
    }
  }
}
#else
void kernel_winograd_split(
  const float *even, const float *odd, long taps, long dilation, float *memory, uint32_t *streams, long stream_stride, long columns) {
  (void)even, (void)odd, (void)taps, (void)dilation, (void)memory, (void)streams, (void)stream_stride, (void)columns;
}
void kernel_winograd_convolve(
  const uint32_t *weights, const uint32_t *tile, long stream_stride, long channels, long taps, long dilation, const float *bias,
  float scale, int adds, float *memory, float *out, long out_stride, long out_channels, long out_columns) {
  (void)weights, (void)tile, (void)stream_stride, (void)channels, (void)taps, (void)dilation, (void)bias, (void)scale, (void)adds;
  (void)memory, (void)out, (void)out_stride, (void)out_channels, (void)out_columns;
}
#endif
