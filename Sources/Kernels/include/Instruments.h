/* Oscillators of the synthesisers, sixteen frames of time in a vector. The same rules as in Kernels.h. */
#ifndef CANTIGA_KERNELS_INSTRUMENTS_H
#define CANTIGA_KERNELS_INSTRUMENTS_H

/* Band-limited saws (polynomial steps), summed into two channels, which are overwritten.
 *   increments: turns a frame, 0 < increment < 0.5;  gains: `voices` for the left, then `voices` for the right;
 *   phases: turns, 0 <= phase < 1, where each saw stands before the first frame; moved on. */
void kernel_saws(
  const float *increments, const float *gains, long voices, float *phases, float *left, float *right, long blocks);

/* Square waves, summed and overwritten.
 *   gain: of each wave;  phases and increments as above. */
void kernel_squares(const float *increments, float gain, long voices, float *phases, float *channel, long blocks);

/* A struck skin: a sine that falls from step + sweep to step turns a frame and dies away, softly limited at 1.
 *   settings: step, sweep, the sweep's factor a frame, the amplitude's factor a frame, drive;
 *   state: phase in turns, what is left of the sweep (1 to begin with), the amplitude (1 to begin with). */
void kernel_skin(const float settings[5], float state[3], float *channel, long blocks);

#endif
