// The hot loops that a compiler must see as C: compiled for several instruction sets, chosen when the program runs.
// Every function has a plain Swift twin in ParlaCPU, and a test holds the two together.
#ifndef PARLA_CKERNELS_H
#define PARLA_CKERNELS_H

#include <stdint.h>

#include "inference.h"
#include "products.h"

// --- memory ------------------------------------------------------------------------------------

// Lets this process keep freed memory for its next use, if the C library supports it. A training step frees and asks for
// a gigabyte again and again, which the system would have to clear each time.
void parla_keep_freed_memory(void);

// --- element-wise ---------------------------------------------------------------------------

// Adds bias[columns] to each row of x[rows, columns].
void parla_add_bias(long rows, long columns, const float *bias, float *x);

// sum[columns] += the sum of x[rows, columns] over its rows, which start `stride` apart.
void parla_add_column_sums(long rows, long columns, const float *x, long stride, float *sum);

// x = min(max(x, 0), ceiling).
void parla_clipped_relu(long count, float ceiling, float *x);

// gradient = 0 where the clipped ReLU's output y was at 0 or at its ceiling.
void parla_clipped_relu_gradient(long count, float ceiling, const float *y, float *gradient);

// Sets each element to zero with probability `rate` and divides the others by 1 - rate. Which ones is a
// function of (seed, start + index) alone, so the same call on a gradient undoes nothing and needs no mask.
void parla_dropout(long count, float rate, uint64_t seed, uint64_t start, float *x);

// Softmax of each row of x[rows, columns], in place.
void parla_softmax(long rows, long columns, float *x);

// --- recurrent layers ------------------------------------------------------------------------

// One step of `count` cells of an LSTM that has `size`, for `rows` sequences; all pointers are at the first of the cells.
// gates[rows, 4 size] holds the four pre-activations (input, forget, cell, output) and receives the activated gates. Rows whose
// flag in `active` is 0 get zero cells and outputs.
void parla_lstm_step(
    long rows, long size, long count, float *gates, const float *previous_cells, const uint8_t *active,
    float *cells, float *outputs);

// The step backwards. On entry output_gradient[rows, size] is dL/dh of this step and cell_gradient dL/dc
// that came from the step after; on return gate_gradient[rows, 4 size] is dL/d(pre-activations) and
// cell_gradient is dL/dc of the step before. Rows that are not active have no gate gradient and keep dL/dc.
void parla_lstm_step_gradient(
    long rows, long size, long count, const float *gates, const float *previous_cells, const float *cells,
    const uint8_t *active, const float *output_gradient, float *cell_gradient,
    float *gate_gradient);

// One step of a GRU for `rows` sequences and the first `count` of `size` units, the reset gate after the recurrent product.
// gates[rows, 4 size] holds the pre-activations of reset and update, the recurrent part of the candidate, and the rest of it; all
// but the third receive what is activated. Rows whose flag in `active` is 0 get zero outputs.
void parla_gru_step(
    long rows, long size, long count, float *gates, const float *previous, const uint8_t *active,
    float *outputs);

// The step backwards: gate_gradient[rows, 4 size] is dL/d(all that stood in gates before the step), and what dL/dh of this
// step, output_gradient, gives to the outputs before is added to previous_gradient.
void parla_gru_step_gradient(
    long rows, long size, long count, const float *gates, const float *previous,
    const uint8_t *active, const float *output_gradient, float *previous_gradient,
    float *gate_gradient);

// --- activations -------------------------------------------------------------------------------

typedef enum { PARLA_RELU, PARLA_SIGMOID, PARLA_TANH, PARLA_SILU, PARLA_GELU } parla_activation;

// y = f(x), number by number.
void parla_activate(parla_activation kind, long count, const float *x, float *y);

// x = f(x), number by number.
void parla_activate_in_place(parla_activation kind, long count, float *x);

// gradient *= f'(x).
void parla_activation_gradient(
    parla_activation kind, long count, const float *x, float *gradient);

// y[rows, half] = a sigmoid(b), with a and b the halves of each row of x[rows, 2 half]; and the way back.
void parla_glu(long rows, long half, const float *x, float *y);
void parla_glu_gradient(
    long rows, long half, const float *x, const float *gradient, float *result);

// --- normalisation -------------------------------------------------------------------------------

// y = each row of x[rows, columns] with mean 0 and variance 1, times gamma[columns] plus beta[columns] unless they are NULL.
// What was subtracted from each row, and what it was then multiplied by, is stored in means[rows] and factors[rows].
void parla_normalize_rows(
    long rows, long columns, float epsilon, const float *x, const float *gamma, const float *beta,
    float *y, float *means, float *factors);

// Adds the gradients of gamma and beta, of some columns of rows that start `stride` apart.
void parla_add_normalization_sums(
    long rows, long columns, long stride, const float *x, const float *means, const float *factors,
    const float *gradient, float *gamma_sum, float *beta_sum);

// Turns the gradient of y[rows, columns] into that of x. Where means is NULL, x has mean 0 and variance 1 already.
void parla_normalization_gradient(
    long rows, long columns, const float *x, const float *means, const float *factors,
    const float *gamma, float *gradient);

// The same for channels: x[rows, channels] times scale plus shift has mean 0 and variance 1 over its rows.
// Adds the sums of x - center and of its squares over the rows.
void parla_add_channel_moments(
    long rows, long channels, const float *x, const float *center, double *sums, double *squares);

// y = (x scale + shift) gamma + beta.
void parla_normalize_channels(
    long rows, long channels, const float *x, const float *scale, const float *shift,
    const float *gamma, const float *beta, float *y);

// x = x scale + shift.
void parla_scale_channels(
    long rows, long channels, const float *scale, const float *shift, float *x);

// Adds the sums of the gradient, and of the gradient times x scale + shift, over the rows.
void parla_add_channel_products(
    long rows, long channels, const float *x, const float *scale, const float *shift,
    const float *gradient, double *sums, double *products);

// result = factor (gradient - mean - (x scale + shift) slope).
void parla_channel_normalization_gradient(
    long rows, long channels, const float *x, const float *scale, const float *shift,
    const float *gradient, const float *factor, const float *mean, const float *slope,
    float *result);

// --- windows over planes -------------------------------------------------------------------------

// Windows over a sequence of `length` frames [height, channels]: `size` steps in time as in parla_windows, and at each of `rows` places
// in height `row_size` rows from row * row_stride - top on, which lie one after another.
typedef struct {
  long length, size, dilation, stride, before;
  long height, rows, row_size, row_stride, top, channels;
} parla_planes;

// The numbers of all places of a window, [rows, size, row_size, channels], zeros for what lies beyond; and the way back, which adds
// them to where they came from. Frames of x start so many numbers apart.
void parla_gather_windows(
    parla_planes planes, long window, const float *x, long frame_stride, float *windows);
void parla_add_windows(
    parla_planes planes, long window, const float *windows, float *x, long frame_stride);

// --- convolution of each channel for itself ------------------------------------------------------

// Windows of `size` steps, `dilation` frames apart, over a sequence of `length` frames with `before` zeros before it; each window
// `stride` frames after the one before.
typedef struct {
  long length, size, dilation, stride, before;
} parla_windows;

// The outputs of windows first to end: y[t] = bias + the sum over steps of weight[step] x[step], channel by channel. Rows of x, y and
// the weights start so many numbers apart; bias may be NULL.
void parla_depthwise(
    parla_windows windows, long first, long end, long channels, const float *x, long x_stride,
    const float *weight, long weight_stride, const float *bias, float *y, long y_stride);

// Adds the gradients of inputs (unless NULL) and weights, which lie like inputs and weights, for `frames` windows.
void parla_depthwise_gradient(
    parla_windows windows, long frames, long channels, const float *x, long x_stride,
    const float *weight, long weight_stride, const float *gradient, long gradient_stride,
    float *input_gradient, float *weight_gradient);

// --- attention ---------------------------------------------------------------------------------

// Turns products of queries and keys, scores[rows, columns], into the weights of an attention: softmax of scale (score + position) +
// gate bias over the columns from first[row] to end[row], 0 elsewhere. What belongs to row i and column j stands at
// position[i, rows - 1 - i + j] and bias[rows - 1 - i + j]: the same distance, the same place. position and bias may be NULL.
void parla_attention_weights(
    long rows, long columns, const int32_t *first, const int32_t *end, float scale,
    const float *position, long position_stride, const float *bias, const float *gates,
    long gate_stride, float *scores);

// The way back: gradient[rows, columns] is dL/d(weights) and becomes dL/d(scores). outputs[rows, size] is what the weights made of
// the values. With a bias its gradient is added to, and that of the gates is set.
void parla_attention_gradient(
    long rows, long columns, float scale, const float *weights, const float *outputs,
    const float *output_gradient, long output_stride, long size, const float *bias,
    const float *gates, long gate_stride, float *bias_gradient, float *gate_gradient,
    float *gradient);

// Brings gradient[rows, columns] to the places that parla_attention_weights reads positions from: position[rows, rows - 1 +
// columns], zero where none is read.
void parla_attention_unshift(long rows, long columns, const float *gradient, float *position);

// Turns each head's pairs (x[i], x[i + size / 2]) of rows that start `stride` apart by the angles whose cosines and sines stand
// in [rows, size / 2]; backwards where `sign` is -1.
void parla_rotate(
    long rows, long stride, long heads, long size, const float *cosines, const float *sines,
    float sign, float *x);

// --- convolutions without windows in memory ------------------------------------------------------

// A convolution over a sequence of `length` frames of `height` lines of `channels` numbers; frames and lines start so many numbers
// apart. Windows have `size` steps in time and `row_size` lines, those of a step lie one after another; `before` frames and `top`
// lines of zeros stand before the first.
typedef struct {
  long length, frame_stride, height, line_stride, channels;
  long size, dilation, stride, before;
  long row_size, row_stride, top;
} parla_convolution;

// Whether windows start at whole units of the kernel, as parla_convolve wants them, and fill them well.
int parla_convolution_fits(const parla_product_kernel *kernel, const parla_convolution *convolution);

// How many units of 32 bits packed weights have, and in how many blocks they are packed.
long parla_convolution_weight_count(
    const parla_product_kernel *kernel, const parla_convolution *convolution, long outputs);
long parla_convolution_block_count(
    const parla_product_kernel *kernel, const parla_convolution *convolution);

// Packs block `number` of weights, for each step in time a matrix [row_size * channels, outputs]; steps start `weight_step` apart.
void parla_pack_convolution_weights(
    const parla_product_kernel *kernel, const parla_convolution *convolution, long outputs,
    parla_operand weights, long weight_step, long number, uint32_t *packed);

// How many units the copy of what some windows of some rows read may need.
long parla_convolution_workspace_count(
    const parla_product_kernel *kernel, const parla_convolution *convolution, long windows,
    long rows);

// Sets the outputs of rows first_row to end_row of windows first to end, which start so many numbers apart in y, on the calling
// thread; bias may be NULL.
void parla_convolve(
    const parla_product_kernel *kernel, const parla_convolution *convolution, long first, long end,
    long first_row, long end_row, const float *x, const uint32_t *weights, long outputs,
    const float *bias, float *y, long window_stride, long row_stride, uint32_t *workspace);

// How many units the courses in time of a sequence's numbers need that `windows` windows read, and the gradients of their outputs.
long parla_convolution_course_count(
    const parla_product_kernel *kernel, const parla_convolution *convolution, long windows);
long parla_convolution_gradient_count(
    const parla_product_kernel *kernel, long windows, long rows, long outputs);

// Packs the courses of the numbers of lines first to end, and the gradients of such rows of all windows.
void parla_pack_convolution_courses(
    const parla_product_kernel *kernel, const parla_convolution *convolution, long windows,
    const float *x, long first, long end, uint32_t *courses);
void parla_pack_convolution_gradient(
    const parla_product_kernel *kernel, long windows, const float *gradient, long window_stride,
    long row_stride, long first, long end, long outputs, uint32_t *panels);

// Adds the gradient of a step's weights for its lines `first` to `end` to sum[steps, lines, channels, outputs].
void parla_add_convolution_weight_gradient(
    const parla_product_kernel *kernel, const parla_convolution *convolution, long windows,
    long rows, const uint32_t *courses, const uint32_t *panels, long outputs, long step,
    long first, long end, float *sum);

// --- CTC ---------------------------------------------------------------------------------------

// How many floats parla_ctc needs to work in.
long parla_ctc_workspace_count(long frames, long classes, long labels);

// Loss -ln p(labels | logits) of one sequence (Graves et al. 2006, eqs. 6 to 8, 14 to 16, in the log domain, each
// frame normalised) and its gradient with respect to the logits. Row t of the logits and of the gradient starts at
// t * stride; the blank is class `classes - 1`. Returns INFINITY, with a zero gradient, if no path exists.
double parla_ctc(
    long frames, long classes, long stride, const float *logits, long labels,
    const int32_t *label, float *gradient, float *workspace);

// --- optimisers --------------------------------------------------------------------------------

// Adam (Kingma & Ba 2015, algorithm 1, in the form of its section 2 as TensorFlow 1 has it): `rate` is
// already corrected for bias, epsilon is outside the root.
void parla_adam(
    long count, float rate, float beta1, float beta2, float epsilon, const float *gradient,
    float *moment1, float *moment2, float *weights);

// Gradient descent with momentum (Sutskever et al. 2013, in PyTorch's form): velocity = momentum velocity + gradient. The
// step is along the velocity, or with `nesterov` along gradient + momentum velocity.
void parla_momentum(
    long count, float rate, float momentum, int nesterov, const float *gradient, float *velocity,
    float *weights);

// RMSprop (Hinton 2012, lecture 6e): gradients in units of the root of their running mean square, with momentum.
void parla_rmsprop(
    long count, float rate, float decay, float epsilon, float momentum, const float *gradient,
    float *mean_square, float *velocity, float *weights);

// Adadelta (Zeiler 2012, algorithm 1); `rate` multiplies its step.
void parla_adadelta(
    long count, float rate, float decay, float epsilon, const float *gradient,
    float *mean_square, float *mean_square_step, float *weights);

// x *= factor.
void parla_scale(long count, float factor, float *x);

// Sum of the squares of x.
double parla_sum_of_squares(long count, const float *x);

// --- threads -----------------------------------------------------------------------------------

// A pool of threads, which do a task together.
//
// A task is a number of phases, each of them a number of pieces (at most 65535), which any thread may do in any order. A phase
// begins when all pieces of the one before are done. `work` gets the index of the thread that does a piece, below the pool's
// number of threads: no two pieces are done with the same index at the same time.
typedef struct {
  void *context;
  long phases;
  long (*pieces)(void *context, long phase);
  void (*work)(void *context, long phase, long piece, int thread);
} parla_task;

// Makes `threads - 1` threads that wait for work; NULL if they cannot be had.
parla_pool *parla_pool_create(int threads);

// Ends the threads and frees the pool.
void parla_pool_destroy(parla_pool *pool);

// Does a task on the caller's thread, and on others of the pool as far as they come. While the pool has a task already, be it
// the caller's own, or without a pool, the caller's thread does it alone.
void parla_pool_run(parla_pool *pool, const parla_task *task);

// How many threads take part in the tasks that begin from now on, from 1 to all of them, which it is at first.
void parla_pool_set_crew(parla_pool *pool, int crew);
int parla_pool_crew(const parla_pool *pool);

// How often the system took a processor from this process's threads before they waited for something.
long parla_interruptions(void);

#endif
