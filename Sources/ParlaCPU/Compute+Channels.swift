import CKernels

extension Compute {
  /// `x` with each channel, its last axis, times `scale` plus `shift`.
  package func channels(_ x: Tensor, scale: [Float], shift: [Float]) -> Tensor {
    let count = scale.count
    var result = Tensor(unwritten: x.shape)
    nonisolated(unsafe) let target = unsafe result.mutablePointer
    nonisolated(unsafe) let source = unsafe x.pointer
    divide(x.count / max(count, 1), grain: 64) { rows in
      unsafe scale.withUnsafeBufferPointer { scale in
        unsafe shift.withUnsafeBufferPointer { shift in
          for row in rows {
            let (y, x) = unsafe (target + row * count, source + row * count)
            for channel in 0..<count {
              unsafe y[channel] = x[channel] * scale[channel] + shift[channel]
            }
          }
        }
      }
    }
    return result
  }
}

/// What makes mean 0 and deviation 1 of each channel, a frame's last axis: times `scale` plus `shift`.
package struct ChannelNormalization: Sendable {
  package var scale: Tensor
  package var shift: Tensor

  /// Numbers for each channel.
  package init(scale: Tensor, shift: Tensor) {
    precondition(scale.count == shift.count, "as many scales as shifts")
    (self.scale, self.shift) = (scale, shift)
  }

  package var channels: Int { scale.count }
}

/// Two sums of each channel over the real frames, and how many numbers of each channel there are.
package typealias ChannelSums = (count: Int, sums: (first: [Double], second: [Double]))

extension Compute {
  /// Sums of the distances from `center` [channels], and of their squares.
  package func channelMoments(_ x: Sequences, from center: Tensor) -> ChannelSums {
    let channels = center.count
    nonisolated(unsafe) let (source, center) = unsafe (x.values.pointer, center.pointer)
    return unsafe sums(x, channels: channels) { start, rows, first, second in
      unsafe parla_add_channel_moments(rows, channels, source + start, center, first, second)
    }
  }

  /// `x` normalised, then times `gamma` plus `beta`, both [channels].
  package func normalizedChannels(
    _ x: Tensor, _ own: ChannelNormalization, gamma: Tensor, beta: Tensor
  ) -> Tensor {
    let channels = own.channels
    precondition(gamma.count == channels && beta.count == channels, "a scale for each channel")
    var result = Tensor(unwritten: x.shape)
    nonisolated(unsafe) let (source, target) = unsafe (x.pointer, result.mutablePointer)
    nonisolated(unsafe) let (scale, shift) = unsafe (own.scale.pointer, own.shift.pointer)
    nonisolated(unsafe) let (gamma, beta) = unsafe (gamma.pointer, beta.pointer)
    divide(x.count / max(channels, 1), grain: 64) { rows in
      let start = rows.lowerBound * channels
      unsafe parla_normalize_channels(
        rows.count, channels, source + start, scale, shift, gamma, beta, target + start)
    }
    return result
  }

  /// Sums of the gradient of what was normalised, and of its products with the normalised `x`.
  package func channelProducts(
    _ gradient: Sequences, _ x: Tensor, _ own: ChannelNormalization
  ) -> ChannelSums {
    precondition(x.shape == gradient.values.shape, "a gradient for each number")
    let channels = own.channels
    nonisolated(unsafe) let (source, g) = unsafe (x.pointer, gradient.values.pointer)
    nonisolated(unsafe) let (scale, shift) = unsafe (own.scale.pointer, own.shift.pointer)
    return unsafe sums(gradient, channels: channels) { start, rows, first, second in
      unsafe parla_add_channel_products(
        rows, channels, source + start, scale, shift, g + start, first, second)
    }
  }

  /// dL/dx of a batch normalisation: factor (g - mean - normalized slope) where frames are real, 0 elsewhere.
  package func normalizationGradient(
    _ gradient: Sequences, _ x: Tensor, _ own: ChannelNormalization, factor: [Float],
    mean: [Float], slope: [Float]
  ) -> Tensor {
    let channels = factor.count
    let terms = Tensor(shape: [3, channels], values: factor + mean + slope)
    var result = Tensor(shape: gradient.values.shape)
    nonisolated(unsafe) let (source, g) = unsafe (x.pointer, gradient.values.pointer)
    nonisolated(unsafe) let (scale, shift) = unsafe (own.scale.pointer, own.shift.pointer)
    nonisolated(unsafe) let (term, target) = unsafe (terms.pointer, result.mutablePointer)
    divide(gradient.frameCount, grain: 4) { frames in
      forEachRealRun(gradient, frames: frames, channels: channels) { start, rows in
        unsafe parla_channel_normalization_gradient(
          rows, channels, source + start, scale, shift, g + start, term, term + channels,
          term + 2 * channels, target + start)
      }
    }
    return result
  }

  /// Frames are summed up in stretches, whose sums are then added in order: threads do not change a bit.
  private func sums(
    _ x: Sequences, channels: Int,
    _ add:
      @Sendable (
        _ start: Int, _ rows: Int, _ first: UnsafeMutablePointer<Double>,
        _ second: UnsafeMutablePointer<Double>
      ) -> Void
  ) -> ChannelSums {
    let length = max(1, (1 << 15) / max(x.count * x.featureCount, 1))
    let stretches = (x.frameCount + length - 1) / length
    var all = [Double](repeating: 0, count: 2 * channels * stretches)
    let count = x.lengths.reduce(0, +) * (x.featureCount / max(channels, 1))
    unsafe all.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      nonisolated(unsafe) let all = unsafe base
      divide(stretches) { range in
        for stretch in range {
          let (first, end) = (stretch * length, min((stretch + 1) * length, x.frameCount))
          let own = unsafe all + 2 * channels * stretch
          forEachRealRun(x, frames: first..<end, channels: channels) { start, rows in
            unsafe add(start, rows, own, own + channels)
          }
        }
      }
    }
    var (first, second) = (
      [Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels)
    )
    for stretch in 0..<stretches {
      for channel in 0..<channels {
        first[channel] += all[2 * channels * stretch + channel]
        second[channel] += all[2 * channels * stretch + channels + channel]
      }
    }
    return (count, (first, second))
  }

  /// Calls `body` with the start and the number of rows of channels that follow each other in sequences, in `frames`.
  private func forEachRealRun(
    _ x: Sequences, frames: Range<Int>, channels: Int, _ body: (_ start: Int, _ rows: Int) -> Void
  ) {
    let rows = x.featureCount / max(channels, 1)
    for frame in frames {
      var number = 0
      while number < x.count {
        let first = number
        while number < x.count, frame < x.lengths[number] { number += 1 }
        if number > first {
          body((frame * x.count + first) * rows * channels, (number - first) * rows)
        }
        number += 1
      }
    }
  }
}
