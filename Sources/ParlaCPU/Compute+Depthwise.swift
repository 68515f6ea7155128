import CKernels

/// The windows of a convolution that processes each channel separately.
package struct DepthwiseWindows: Sendable {
  package var size: Int
  package var dilation = 1
  package var stride = 1
  /// Zeros before a sequence.
  package var before: Int

  /// Windows of `size` frames.
  package init(size: Int, dilation: Int = 1, stride: Int = 1, before: Int) {
    self.size = size
    self.dilation = dilation
    self.stride = stride
    self.before = before
  }

  fileprivate func windows(length: Int) -> parla_windows {
    parla_windows(
      length: length, size: size, dilation: dilation, stride: stride, before: before)
  }
}

extension Compute {
  /// Each channel's weighted sums over windows of `input`: the first `counts` of each sequence.
  ///
  /// Weights are [steps, channels].
  package func depthwise(
    _ input: Sequences, _ weight: Tensor, bias: Tensor?, _ windows: DepthwiseWindows,
    counts: [Int]
  ) -> Sequences {
    let (batch, channels) = (input.count, input.featureCount)
    var result = Tensor(shape: [counts.max() ?? 0, batch, channels])
    nonisolated(unsafe) let (x, w) = unsafe (input.values.pointer, weight.pointer)
    nonisolated(unsafe) let (b, y) = unsafe (bias?.pointer, result.mutablePointer)
    divide(result.shape[0], grain: 16) { frames in
      for (number, count) in counts.enumerated() where frames.lowerBound < count {
        unsafe parla_depthwise(
          windows.windows(length: input.lengths[number]), frames.lowerBound,
          min(frames.upperBound, count), channels, x + number * channels, batch * channels, w,
          channels, b, y + number * channels, batch * channels)
      }
    }
    return Sequences(result, lengths: counts)
  }

  /// Adds the gradients of weights, [steps, channels], and returns that of the input, unless it is not needed.
  ///
  /// Threads share the channels, so that their number changes no sum.
  package func depthwiseGradient(
    _ gradient: Tensor, _ input: Sequences, _ weight: Tensor, _ windows: DepthwiseWindows,
    counts: [Int], weightGradient: inout Tensor, isInputWanted: Bool
  ) -> Tensor {
    let (batch, channels) = (input.count, input.featureCount)
    var inputGradient = Tensor(shape: isInputWanted ? input.values.shape : [0, 0, 0])
    nonisolated(unsafe) let (x, w) = unsafe (input.values.pointer, weight.pointer)
    nonisolated(unsafe) let (g, dw) = unsafe (gradient.pointer, weightGradient.mutablePointer)
    nonisolated(unsafe) let dx = unsafe isInputWanted ? inputGradient.mutablePointer : nil
    divide(channels, grain: 64) { range in
      for (number, count) in counts.enumerated() {
        let place = number * channels + range.lowerBound
        unsafe parla_depthwise_gradient(
          windows.windows(length: input.lengths[number]), count, range.count, x + place,
          batch * channels, w + range.lowerBound, channels, g + place, batch * channels,
          dx.map { unsafe $0 + place }, dw + range.lowerBound)
      }
    }
    return inputGradient
  }
}
