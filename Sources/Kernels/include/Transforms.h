/* Fourier transforms of powers of two: Stockham's radix 4 (no bit reversal), real and imaginary parts apart so that
 * vectors need no shuffles. Tables and memory come from the caller. */
#ifndef CANTIGA_TRANSFORMS_H
#define CANTIGA_TRANSFORMS_H

/* Numbers in the tables of a real transform of so many samples (a power of two, at least 4), and in its memory. */
long kernel_fft_tables_count(long size);
long kernel_fft_memory_count(long size);

/* Fills the tables. */
void kernel_fft_tables(long size, double *tables);

/* X[k] = sum over n of x[n] exp(-2 pi i k n / size), k = 0 ... size / 2. */
void kernel_fft_forward(long size, const double *tables, double *memory, const double *x, double *re, double *im);

/* The inverse with its 1 / size; imaginary parts of the first and the last bin count as zero. */
void kernel_fft_inverse(long size, const double *tables, double *memory, const double *re, const double *im, double *x);

#endif
