/* No version reorders or fuses arithmetic: all give the same bits. */
#ifndef CANTIGA_ACTIVATION_H
#define CANTIGA_ACTIVATION_H

/* Each takes `count` elements through x = (in - mean) x scale + shift and then its function. In place if in == out. */
void kernel_normalize(const float *in, float *out, long count, float mean, float scale, float shift);
/* x where positive, else slope x. */
void kernel_leaky_relu(const float *in, float *out, long count, float mean, float scale, float shift, float slope);
/* x + sin(alpha x)^2 x factor, to 1e-6 of the true value for |alpha x| < 10,000. */
void kernel_snake(
  const float *in, float *out, long count, float mean, float scale, float shift, float alpha, float factor);

/* The same for a row of features, each with its own alpha and factor, without the normalisation. */
void kernel_snake_row(const float *in, float *out, long count, const float *alpha, const float *factor);

void kernel_add(const float *in, float *sum, long count);

/* Mean and (biased) variance, summed in doubles. */
void kernel_moments(const float *in, long count, double *mean, double *variance);

#endif
