/* The loops over samples that vectors make several times faster. Each is compiled for plain x86-64, AVX2 and
 * AVX-512, and the machine chooses when the program is loaded; elsewhere the one plain version serves. None
 * reorders or fuses arithmetic, so that all versions give the same samples bit for bit.
 *
 * A hop is 16 frames. */
#ifndef CANTIGA_KERNELS_H
#define CANTIGA_KERNELS_H

#include "Activation.h"
#include "Convolution.h"
#include "Functions.h"
#include "Instruments.h"
#include "Memory.h"
#include "Products.h"
#include "Winograd.h"

/* Four biquads in a row over both channels in place, section k of left and right in lanes 2k and 2k + 1, each a
 * frame behind the section before it. Takes in frames [from, to), silence from `frames` on, and writes what comes
 * out to [from - 3, to - 3).
 *   sections: 5 x 8 coefficients b0, b1, b2, a1, a2;  memory: 3 x 8, zero to begin with. */
void kernel_equalize(const double *sections, double *memory, float *left, float *right, long from, long to, long frames);

/* The same, and what comes out goes through four more biquads, whose output is written apart: to heard[0, to - from),
 * three frames later still. Two chains side by side take hardly longer than one. */
void kernel_equalize_heard(
  const double *sections, double *memory, const double *ear, double *ear_memory, float *left, float *right,
  float *heard_left, float *heard_right, long from, long to, long frames);

/* The highest absolute value of both channels. */
float kernel_loudest(const float *left, const float *right, long frames);

/* Takes the band of one biquad away from both channels in place, by 1 - keep[hop].
 *   section: b0, b1, b2, a1, a2;  memory: 4, zero to begin with. */
void kernel_dip(const double *section, double *memory, const float *keep, float *left, float *right, long hops);

/* Mixes two channels into two through a matrix and a gain that runs straight from points[hop] to points[hop + 1]. */
void kernel_place(
  const float *left, const float *right, const float *points, const float matrix[4], float *out_left, float *out_right,
  long hops);

/* Multiplies by a gain that runs straight from points[hop] to points[hop + 1]. */
void kernel_ramp(float *channel, const float *points, long hops);

/* Adds gain x channel to the sum, each value rounded to a multiple of 2^-20. */
void kernel_add_rounded(float *sum, const float *channel, float gain, long frames);

/* Adds the squares of both channels to each hop's energy. */
void kernel_energies(const float *left, const float *right, float *energies, long hops);

/* The highest absolute value in each hop, of the samples and of the three between each two.
 *   taps: count x 4, the taps of the interpolator for the four sub-frames;  channel: readable from count / 2 - 1
 *   frames before to count / 2 after. */
void kernel_peaks(const float *taps, long count, const float *channel, float *peaks, long hops);

#include "Transformer.h"
#include "Transforms.h"

#endif
