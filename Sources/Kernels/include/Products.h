/* Matrix products y = x W^T of rows x with weights W [outputs][inputs] that are packed once; linear layers, convolutions over
 * [time][channels] and attention are all made of them.
 *
 * Packed weights are panels of 64 outputs, the last filled up with zeros. A panel holds for each tap and each run of 16 groups of
 * inputs four tiles: 16 outputs' elements for each of the groups. An element is 32 bits: one fp32 number; two of bfloat16, the
 * first in the lower half; or four of eight bits, the first in the lowest. Inputs are filled up with zeros to a whole run. A linear
 * layer has one tap.
 *
 * Rows of x are brought into the same groups by `kernel_round`, which lie in runs of 16. A row's result depends neither on
 * the other rows nor on how panels and rows are shared among threads. */
#ifndef CANTIGA_PRODUCTS_H
#define CANTIGA_PRODUCTS_H
#include <stdint.h>

enum {
  kernel_panel = 64,
  /* Groups of a row that lie in one cache line, and of weights that lie in one tile. */
  kernel_run = 16,
};

typedef enum { kernel_fp32, kernel_bf16, kernel_int8 } kernel_precision;

/* What a precision's products are computed by here. */
typedef enum {
  kernel_unit_plain,
  kernel_unit_avx2,
  kernel_unit_avx512,
  /* Tiles: AMX-BF16, AMX-INT8. Only where a tap has whole sixteens of groups, else the one above. */
  kernel_unit_amx,
} kernel_unit;

kernel_unit kernel_unit_for(kernel_precision precision);

/* Nothing more capable computes from now on: for measurements, before anything else is computed. */
void kernel_limit_unit(kernel_unit most);

/* Keeps the unit busy with products on registers alone for so many rounds, and returns how many operations they were. */
double kernel_peak(kernel_precision precision, long rounds);

/* Packs one panel of one tap. weight: of the panel's first output and first input, at output_stride and input_stride;
 *   outputs: at most 64. */
void kernel_pack_fp32(
  const float *weight, long output_stride, long input_stride, long outputs, long inputs, uint32_t *panel);
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

/* A row of x as products in a precision take it: as it is, rounded to bfloat16, or in whole numbers 1 ... 255, 128 for zero.
 * Returns what one step of the whole numbers stands for. Runs of groups are written `plane` elements apart. */
float kernel_round(kernel_precision precision, const float *x, long inputs, uint32_t *row, long plane);

/* Run q of groups of row r, as tap t reads it, starts at groups + r stride + t tap_stride + q plane: with rows side by side in
 * planes, neighbours stay within few pages and fall into different sets of the caches. */
typedef struct {
  const uint32_t *groups;
  long stride, tap_stride, plane;
  /* What one step stands for in each row: kernel_int8 only, with one tap. */
  const float *steps;
} kernel_rows;

typedef struct {
  /* [outputs / 64][taps][groups / 16][64 / 16][16][16] */
  const uint32_t *panels;
  long taps, groups, outputs;
  /* Of each output: kernel_int8 only. */
  const float *scales;
  const int32_t *sums;
  /* Of each output, or NULL. */
  const float *bias;
  /* Computed by nothing more capable than this. */
  kernel_unit most;
} kernel_weights;

typedef enum {
  /* y = x W^T + bias */
  kernel_finish_store,
  /* y += x W^T + bias */
  kernel_finish_add,
  /* y += factor[n] (x W^T + bias) */
  kernel_finish_add_scaled,
  /* Panels come in pairs, and y has the outputs of the first of each: y = silu(first) x second, without bias. */
  kernel_finish_swiglu,
} kernel_finish;

typedef struct {
  float *values;
  long stride;
  kernel_finish finish;
  const float *factor;
} kernel_result;

/* Some rows of the result from some panels. */
void kernel_multiply(
  kernel_precision precision, const kernel_rows *x, const kernel_weights *w, const kernel_result *y, long first_row, long rows,
  long first_panel, long panels);

/* Lets the processor know that a loop only waits. */
static inline void kernel_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/* ---- attention ---- */

/* Keys and values of one head, packed as weights: keys as outputs with `size` inputs each; values with keys as inputs and `size`
 * outputs, the keys filled up with zeros to whole panels. In kernel_fp32 or kernel_bf16. */
typedef struct {
  const uint32_t *keys, *values;
  /* Keys; features of a head, a multiple of 2. */
  long count, size;
} kernel_memory;

/* out = softmax(factor q k^T) v for some rows, each of which sees keys from[row] ..< to[row]; zeros where it sees none. The softmax
 * is carried from one block of keys to the next (Dao et al. 2022).
 *   queries: rows of `size` features. */
void kernel_attend(
  kernel_precision precision, const kernel_memory *memory, const kernel_rows *queries, long rows, const long *from, const long *to,
  float factor, float *out, long out_stride);

#endif
