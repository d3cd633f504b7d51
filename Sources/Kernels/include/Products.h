/* Matrix products y = x W^T of a row-major x [rows][inputs] with weights W [outputs][inputs] that are packed once.
 *
 * Packed weights are panels of 64 outputs, the last filled up with zeros. A panel holds for each group of inputs 64 elements
 * of 32 bits, an output's each: one fp32 number; two of bfloat16, the first in the lower half; or four of eight bits, the
 * first in the lowest. Inputs are filled up with zeros to a whole group.
 *
 * Rows of x are brought into the same groups: as they are for fp32, else by the functions below. Sums run over the inputs in
 * order, so a row's result depends neither on the other rows nor on how panels are shared among threads. */
#ifndef CANTIGA_PRODUCTS_H
#define CANTIGA_PRODUCTS_H
#include <stdint.h>

enum { kernel_panel = 64 };

/* Whether this processor multiplies groups of eight bits (AVX512_VNNI). */
int kernel_has_int8(void);

/* Packs one panel. weight: of the panel's first output and first input, at output_stride and input_stride;  outputs: at most 64. */
void kernel_pack_fp32(
  const float *weight, long output_stride, long input_stride, long outputs, long inputs, float *panel);
void kernel_pack_bf16(
  const float *weight, long output_stride, long input_stride, long outputs, long inputs, uint32_t *panel);
/* The same from numbers that are bfloat16 already. */
void kernel_pack_bf16_bits(
  const uint16_t *weight, long output_stride, long input_stride, long outputs, long inputs, uint32_t *panel);
/* Each output's largest weight becomes 127.
 *   scales: 64, what an output's whole numbers are multiplied by;  sums: 64, of its whole numbers. */
void kernel_pack_int8(
  const float *weight, long output_stride, long input_stride, long outputs, long inputs, uint32_t *panel, float *scales,
  int32_t *sums);

/* A row of x rounded to bfloat16, (inputs + 1) / 2 elements. */
void kernel_round_bf16(const float *x, long inputs, uint32_t *row);
/* A row of x in whole numbers 1 ... 255, 128 for zero, (inputs + 3) / 4 elements; returns what one step stands for. */
float kernel_round_int8(const float *x, long inputs, uint32_t *row);

/* Rows of y from `outputs` columns of one run of panels: y[r][n] = x[r] . W[n] + bias[n], + y[r][n] if it adds.
 *   x: rows x x_stride elements;  panels: the first output's panel;  bias: `outputs` numbers, or NULL. */
void kernel_multiply_fp32(
  const float *x, long x_stride, const float *panels, long rows, long inputs, long outputs, const float *bias, int adds,
  float *y, long y_stride);
void kernel_multiply_bf16(
  const uint32_t *x, long x_stride, const uint32_t *panels, long rows, long inputs, long outputs, const float *bias,
  int adds, float *y, long y_stride);
/*   steps: of each row;  scales and sums: of each output. */
void kernel_multiply_int8(
  const uint32_t *x, long x_stride, const float *steps, const uint32_t *panels, const float *scales, const int32_t *sums,
  long rows, long inputs, long outputs, const float *bias, int adds, float *y, long y_stride);

#endif
