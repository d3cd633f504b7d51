/* Packed matrix products, and attention made of them. */
#include "ProductUnits.h"
#include "Transformer.h"
#include "Vectors.h"
#include <math.h>

enum {
  panel = kernel_panel,
  /* Rows that are computed at a time: their sums stay in the second-level cache. */
  tall = 192,
};

static inline long smaller(long a, long b) { return a < b ? a : b; }

/* Whole sums to floats: 128 was added to each input, so 128 times the sum of the weights comes off. */
CLONES static void scale(int32_t *sums, const float *scales, const int32_t *weight_sums, float step) {
  for (long n = 0; n < panel; n++) {
    const float scaled = (float)(sums[n] - 128 * weight_sums[n]) * (step * scales[n]);
    memcpy(sums + n, &scaled, 4);
  }
}

/* Rows of sums of a panel into y, `stride` floats apart. */
CLONES static void finish(
  const float *sums, long rows, const float *bias, kernel_finish how, const float *factor, float *y, long stride, long count) {
  static const float zeros[panel];
  if (!bias) bias = zeros;
  for (long r = 0; r < rows; r++, sums += panel, y += stride) switch (how) {
    case kernel_finish_add:
      for (long n = 0; n < count; n++) y[n] += sums[n] + bias[n];
      break;
    case kernel_finish_add_scaled:
      for (long n = 0; n < count; n++) y[n] += factor[n] * (sums[n] + bias[n]);
      break;
    default:
      for (long n = 0; n < count; n++) y[n] = sums[n] + bias[n];
    }
}

/* Sums of one panel for some rows, in floats. */
static void sum_panel(
  product_unit unit, kernel_precision precision, const kernel_rows *x, const kernel_weights *w, long row, long height, long p,
  float *sums) {
  const long tap_size = kernel_panel_size(w->groups);
  const long step = smaller(unit.quick, w->groups), tap_step = unit.quick / step;
  for (long tap = 0; tap < w->taps; tap += tap_step)
    for (long k = 0; k < w->groups; k += step) {
      kernel_rows part = *x;
      part.groups += row * x->stride + tap * x->tap_stride + k / kernel_run * x->plane;
      unit.block(
        &part, w->panels + (p * w->taps + tap) * tap_size + k * panel, tap_size, smaller(tap_step, w->taps - tap),
        smaller(step, w->groups - k), height, tap > 0 || k > 0, sums);
    }
  if (precision == kernel_int8)
    for (long r = 0; r < height; r++)
      scale((int32_t *)sums + r * panel, w->scales + p * panel, w->sums + p * panel, x->steps[row + r]);
}

void kernel_multiply(
  kernel_precision precision, const kernel_rows *x, const kernel_weights *w, const kernel_result *y, long first_row, long rows,
  long first_panel, long panels) {
  const product_unit unit = product_unit_for(precision, w->groups, w->most);
  const int is_paired = y->finish == kernel_finish_swiglu;
  float sums[2][tall * panel] __attribute__((aligned(64)));
  for (long p = first_panel; p < first_panel + panels; p += 1 + is_paired)
    for (long row = first_row; row < first_row + rows; row += tall) {
      const long height = smaller(tall, first_row + rows - row), n = p / (1 + is_paired) * panel;
      sum_panel(unit, precision, x, w, row, height, p, sums[0]);
      if (is_paired) {
        sum_panel(unit, precision, x, w, row, height, p + 1, sums[1]);
        kernel_silu_multiply(sums[0], sums[1], height * panel);
      }
      finish(
        sums[0], height, w->bias ? w->bias + n : 0, y->finish, y->factor ? y->factor + n : 0, y->values + row * y->stride + n,
        y->stride, smaller(panel, w->outputs / (1 + is_paired) - n));
    }
}

/* ---- attention ---- */

enum { keys_at_once = 256, queries_at_once = 32 };

void kernel_attend(
  kernel_precision precision, const kernel_memory *memory, const kernel_rows *queries, long rows, const long *from, const long *to,
  float factor, float *out, long out_stride) {
  const long group = precision == kernel_fp32 ? 1 : 2;
  const long key_groups = memory->size / group, value_groups = (memory->count + panel - 1) / panel * panel / group;
  const product_unit key_unit = product_unit_for(precision, key_groups, kernel_unit_amx);
  const product_unit value_unit = product_unit_for(precision, value_groups, kernel_unit_amx);
    float scores[queries_at_once * keys_at_once] __attribute__((aligned(64)));
  uint32_t weights[queries_at_once * keys_at_once] __attribute__((aligned(64)));
  float sums[queries_at_once * panel] __attribute__((aligned(64)));
  float highest[queries_at_once], total[queries_at_once];
  for (long first = 0; first < rows; first += queries_at_once) {
    const long height = smaller(queries_at_once, rows - first);
    kernel_rows x = *queries;
    x.groups += first * x.stride;
    const kernel_rows attended = {weights, .stride = keys_at_once, .plane = kernel_run};
    long lowest = memory->count, last = 0;
    for (long r = 0; r < height; r++) {
      float *row = out + (first + r) * out_stride;
      memset(row, 0, sizeof(float) * (unsigned long)memory->size);
      highest[r] = -INFINITY;
      total[r] = 0;
      if (from[first + r] >= to[first + r]) continue;
      lowest = smaller(lowest, from[first + r]);
      last = to[first + r] > last ? to[first + r] : last;
    }
    for (long key = lowest / panel * panel; key < last; key += keys_at_once) {
      /* Whole panels; keys beyond the last are zeros, and get no weight. */
      const long count = smaller(keys_at_once, (last - key + panel - 1) / panel * panel), groups = count / group;
      for (long n = 0; n < count; n += panel) {
        key_unit.block(
          &x, memory->keys + (key + n) / panel * kernel_panel_size(key_groups), 0, 1, key_groups, height, 0, sums);
        for (long r = 0; r < height; r++)
          memcpy(scores + r * keys_at_once + n, sums + r * panel, sizeof(float) * panel);
      }
      for (long r = 0; r < height; r++) {
        float *row = scores + r * keys_at_once;
        kernel_scale(row, factor, count);
        long begin = from[first + r] - key, end = to[first + r] - key;
        begin = begin < 0 ? 0 : smaller(begin, count);
        end = end < begin ? begin : smaller(end, count);
        const float before = kernel_softmax_piece(row, count, begin, end, highest + r, total + r);
        if (before != 1) kernel_scale(out + (first + r) * out_stride, before, memory->size);
        kernel_round(precision, row, count, weights + r * keys_at_once, kernel_run);
      }
      for (long n = 0; n < memory->size; n += panel) {
        value_unit.block(
          &attended, memory->values + n / panel * kernel_panel_size(value_groups) + key / group * panel, 0, 1, groups, height,
          0, sums);
        finish(sums, height, 0, kernel_finish_add, 0, out + first * out_stride + n, out_stride, smaller(panel, memory->size - n));
      }
    }
    for (long r = 0; r < height; r++)
      if (total[r] > 0) kernel_scale(out + (first + r) * out_stride, 1 / total[r], memory->size);
  }
}
