import CKernels

extension DirectConvolution {
  /// The weights of a pass backwards, [groups, steps, lines × outputs, channels], in the order in which it reads them.
  func arranged(_ weight: Tensor, _ plan: ConvolutionPlan) -> Tensor {
    let (inputs, outputs, lines) = (width, outputWidth, plan.lineSteps.count)
    var result = Tensor(unwritten: [groups, plan.steps.count, lines * outputs, inputs])
    let columns = weight.columnCount
    let (source, target) = unsafe (weight.pointer, result.mutablePointer)
    for group in 0..<groups {
      for (index, step) in plan.steps.enumerated() {
        for (line, lineStep) in plan.lineSteps.enumerated() {
          let column = (step * geometry.heightSize + lineStep) * inputs
          let row = ((group * plan.steps.count + index) * lines + line) * outputs
          for output in 0..<outputs {
            unsafe (target + (row + output) * inputs).update(
              from: source + (group * outputs + output) * columns + column, count: inputs)
          }
        }
      }
    }
    return result
  }

  /// What the gradient of the weights is made of: time as it is, whatever `forwards` takes for it.
  fileprivate func courses(length: Int, features: Int, batch: Int) -> parla_convolution {
    parla_convolution(
      length: length, frame_stride: batch * features, height: geometry.inputHeight,
      line_stride: geometry.channels, channels: width, size: geometry.size,
      dilation: geometry.dilation, stride: geometry.stride, before: before,
      row_size: geometry.heightSize, row_stride: geometry.heightStride, top: geometry.top)
  }
}

extension Compute {
  /// Adds the gradient of the weights, [outputs, columns], from that of the outputs, [frames, batch, rows × outputs].
  ///
  /// Sums go through the sequences in their order, whatever the number of threads.
  package func addConvolutionWeightGradient(
    _ gradient: Tensor, _ input: Sequences, _ convolution: DirectConvolution, counts: [Int],
    to sum: inout Tensor
  ) {
    let outputs = convolution.outputWidth
    let columns = sum.columnCount
    for group in 0..<convolution.groups {
      var own = Tensor(shape: [columns, outputs])
      add(
        gradient, input, convolution, counts: counts, group: group, to: &own)
      let source = unsafe own.pointer
      let target = unsafe sum.mutablePointer + group * outputs * columns
      // Square by square, so that neither is read or written across too many lines of memory at a time.
      for first in stride(from: 0, to: columns, by: 32) {
        for output in 0..<outputs {
          for column in first..<min(first + 32, columns) {
            unsafe target[output * columns + column] += source[column * outputs + output]
          }
        }
      }
    }
  }

  /// The gradient of a group's weights, [columns, outputs].
  private func add(
    _ gradient: Tensor, _ input: Sequences, _ convolution: DirectConvolution, counts: [Int],
    group: Int, to sum: inout Tensor
  ) {
    let geometry = convolution.geometry
    let (batch, features) = (input.count, input.featureCount)
    let (rows, outputs) = (geometry.outputHeight, convolution.outputWidth)
    let most = counts.max() ?? 0
    guard most > 0 else { return }
    var whole = convolution.courses(length: input.frameCount, features: features, batch: batch)
    var courses = Tensor(unwritten: [
      unsafe parla_convolution_course_count(kernel, &whole, most)
    ])
    var panels = Tensor(unwritten: [
      unsafe parla_convolution_gradient_count(kernel, most, rows, outputs)
    ])
    nonisolated(unsafe) let (left, right) = unsafe (courses.units, panels.units)
    nonisolated(unsafe) let (x, g) = unsafe (
      input.values.pointer + group * convolution.width, gradient.pointer + group * outputs
    )
    nonisolated(unsafe) let (target, kernel) = unsafe (sum.mutablePointer, self.kernel)
    let crew = pool.crew
    let pieces = crew == 1 ? 1 : 4 * crew
    let stretches = min(geometry.heightSize, 4)
    pool.run(phases: 2 * batch, pieces: pieces) { phase, piece, _ in
      let (number, windows) = (phase / 2, counts[phase / 2])
      guard windows > 0 else { return }
      var own = convolution.courses(
        length: input.lengths[number], features: features, batch: batch)
      if phase % 2 == 0 {
        let lines = Self.share(geometry.inputHeight, piece, of: pieces)
        unsafe parla_pack_convolution_courses(
          kernel, &own, windows, x + number * features, lines.lowerBound, lines.upperBound, left)
        let rows = Self.share(rows, piece, of: pieces)
        unsafe parla_pack_convolution_gradient(
          kernel, windows, g + number * gradient.columnCount, batch * gradient.columnCount,
          convolution.outputs, rows.lowerBound, rows.upperBound, outputs, right)
        return
      }
      for index in Self.share(geometry.size * stretches, piece, of: pieces) {
        let lines = Self.share(geometry.heightSize, index % stretches, of: stretches)
        unsafe parla_add_convolution_weight_gradient(
          kernel, &own, windows, rows, left, right, outputs, index / stretches, lines.lowerBound,
          lines.upperBound, target)
      }
    }
    withExtendedLifetime((courses, panels)) {}
  }

  /// The part of `0..<count` that a piece has.
  private static func share(_ count: Int, _ piece: Int, of pieces: Int) -> Range<Int> {
    count * piece / pieces..<count * (piece + 1) / pieces
  }
}
