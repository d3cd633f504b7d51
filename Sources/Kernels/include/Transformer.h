/* What transformers do between their matrix products. No version reorders or fuses arithmetic: all give the same bits. */
#ifndef CANTIGA_TRANSFORMER_H
#define CANTIGA_TRANSFORMER_H

/* Root-mean-square norm of each row: out = in / sqrt(mean of in^2 + epsilon) x weight, then x (1 + scale) + shift where
 * scale is not null. Rows lie `stride` apart. In place if in == out. */
void kernel_rms_norm(
  const float *in, float *out, long rows, long columns, long stride, const float *weight, float epsilon,
  const float *scale, const float *shift);

/* Turns pairs of features, i and i + half, by an angle given as cosine and sine [half]. In place. */
void kernel_rotate(float *features, const float *cosine, const float *sine, long half);

/* gate = gate / (1 + exp(-gate)) x up, to 3e-7 of the true value. */
void kernel_silu_multiply(float *gate, const float *up, long count);
/* x = x / (1 + exp(-x)) */
void kernel_silu(float *x, long count);

/* One row of scores of a softmax that sees its keys in pieces (Milakov, Gimelshein 2018): weights [from, to) become
 * exp(score - highest so far), all others 0. `highest` and `sum` are carried along (-infinity and 0 to begin with).
 * Returns the factor for what was summed up before. */
float kernel_softmax_piece(float *scores, long count, long from, long to, float *highest, float *sum);

/* x = x * factor */
void kernel_scale(float *x, float factor, long count);

#endif
