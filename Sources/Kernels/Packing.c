/* Weights and rows as `Products.c` wants them. */
#include "Products.h"
#include "Vectors.h"
#include <math.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { panel = kernel_panel };

static uint32_t bf16_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  if ((bits & 0x7fffffff) > 0x7f800000) return bits >> 16 | 0x40;
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

static uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits;
}

enum { run = kernel_run };

/* Where group k of output n is in a panel. */
static inline long place(long k, long n) { return k / run * (run * panel) + n / 16 * (run * 16) + k % run * 16 + n % 16; }

static inline long whole_runs(long groups) { return (groups + run - 1) / run * run; }

#define AT(k) weight[n * output_stride + (k) * input_stride]
#define PACK(group, element)                                                                                            \
  for (long first = 0; first < panel; first += 16)                                                                      \
    for (long k = 0; k < whole_runs((inputs + (group) - 1) / (group)) * (group); k += (group))                          \
      for (long n = first; n < first + 16; n++) to[place(k / (group), n)] = k < inputs && n < outputs ? (element) : 0

CLONES void kernel_pack_fp32(
  const float *weight, long output_stride, long input_stride, long outputs, long inputs, uint32_t *to) {
  PACK(1, bits_of(AT(k)));
}

CLONES void kernel_pack_bf16(
  const float *weight, long output_stride, long input_stride, long outputs, long inputs, uint32_t *to) {
  PACK(2, bf16_bits(AT(k)) | (k + 1 < inputs ? bf16_bits(AT(k + 1)) << 16 : 0));
}

CLONES void kernel_pack_bf16_bits(
  const uint16_t *weight, long output_stride, long input_stride, long outputs, long inputs, uint32_t *to) {
  PACK(2, (uint32_t)AT(k) | (k + 1 < inputs ? (uint32_t)AT(k + 1) << 16 : 0));
}

void kernel_pack_int8(
  const float *weight, long output_stride, long input_stride, long outputs, long inputs, uint32_t *to, float *scales,
  int32_t *sums) {
  memset(to, 0, sizeof *to * panel * (unsigned long)whole_runs((inputs + 3) / 4));
  for (long n = 0; n < panel; n++) {
    float largest = 0;
    for (long k = 0; n < outputs && k < inputs; k++) largest = fmaxf(largest, fabsf(AT(k)));
    scales[n] = largest / 127;
    sums[n] = 0;
    const float inverse = largest > 0 ? 127 / largest : 0;
    for (long k = 0; n < outputs && k < inputs; k++) {
      const int32_t whole = (int32_t)rintf(AT(k) * inverse);
      sums[n] += whole;
      to[place(k / 4, n)] |= (uint32_t)(uint8_t)(int8_t)whole << 8 * (k % 4);
    }
  }
}

/* Whole pairs. */
CLONES static void round_pairs(const float *x, long pairs, uint32_t *to) {
  for (long i = 0; i < pairs; i++) {
    uint32_t low, high;
    memcpy(&low, x + 2 * i, 4);
    memcpy(&high, x + 2 * i + 1, 4);
    low = (low + 0x7fff + (low >> 16 & 1)) >> 16;
    high = (high + 0x7fff + (high >> 16 & 1)) & 0xffff0000;
    to[i] = low | high;
  }
}

/* Bytes of x times a factor, as whole numbers with 128 added. */
CLONES static void round_bytes(const float *x, long count, float inverse, uint8_t *bytes) {
  /* Adding 1.5 x 2^23 rounds to a whole number, which then is the lowest bits. */
  const float magic = 12582912 + 128;
  for (long k = 0; k < count; k++) {
    const float shifted = x[k] * inverse + magic;
    uint32_t bits;
    memcpy(&bits, &shifted, 4);
    bytes[k] = (uint8_t)bits;
  }
}

CLONES static float largest_of(const float *x, long count) {
  f16 tops = {0};
  long k = 0;
  for (; k + 16 <= count; k += 16) {
    const f16 size = ABS(LOAD(f16, x + k));
    tops = MAX(size, tops);
  }
  float largest = 0;
  for (int lane = 0; lane < 16; lane++) largest = tops[lane] > largest ? tops[lane] : largest;
  for (; k < count; k++) largest = fabsf(x[k]) > largest ? fabsf(x[k]) : largest;
  return largest;
}

float kernel_round(kernel_precision precision, const float *x, long inputs, uint32_t *row, long plane) {
  const long group = precision == kernel_fp32 ? 1 : precision == kernel_bf16 ? 2 : 4;
  const float largest = precision == kernel_int8 ? largest_of(x, inputs) : 0;
  for (long first = 0; first < inputs; first += kernel_run * group, row += plane) {
    const long count = inputs - first < kernel_run * group ? inputs - first : kernel_run * group;
    switch (precision) {
    case kernel_fp32: memcpy(row, x + first, sizeof(float) * (unsigned long)count); break;
    case kernel_bf16:
      round_pairs(x + first, count / 2, row);
      if (count % 2) row[count / 2] = bf16_bits(x[inputs - 1]);
      break;
    default:
      if (count % 4) row[count / 4] = 0x80808080;
      round_bytes(x + first, count, largest > 0 ? 127 / largest : 0, (uint8_t *)row);
    }
  }
  return largest / 127;
}
