/* Units of the processor that compute products, chosen when the program runs. */
#ifndef CANTIGA_PRODUCT_UNITS_H
#define CANTIGA_PRODUCT_UNITS_H
#include "Products.h"

/* Elements of a panel for so many groups. */
static inline long kernel_panel_size(long groups) { return (groups + kernel_run - 1) / kernel_run * kernel_run * kernel_panel; }

typedef struct {
  kernel_unit unit;
  /* sums[height][64] of a panel, or what is to be added to them, for rows and taps as `kernel_rows` and `kernel_weights` have them;
   * floats, or for kernel_int8 whole numbers.
   *   tap_size: elements of weights from one tap to the next. */
  void (*block)(
    const kernel_rows *x, const void *weights, long tap_size, long taps, long groups, long height, int adds, void *sums);
  /* Groups, of all taps, that it is best given at a time: whole taps, or a part of one. */
  long quick;
  /* Products of elements on registers alone; returns the operations, as if an element were one number. */
  double (*peak)(long rounds);
} product_unit;

/* The most capable that this processor has, up to `most`. */
product_unit product_unit_for(kernel_precision precision, long groups, kernel_unit most);

#endif
