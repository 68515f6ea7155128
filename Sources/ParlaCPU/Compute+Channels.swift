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

  /// Two sums of each channel over the real frames, and how many numbers of each channel there are.
  package func channelSums(
    _ x: Sequences, channels: Int, _ terms: @Sendable (Float, Int) -> (Double, Double)
  ) -> (count: Int, sums: (first: [Double], second: [Double])) {
    sums(x, channels: channels) { place, channel in
      terms(unsafe x.values.pointer[place], channel)
    }
  }

  /// The same with the values of `other`, of the same shape.
  package func channelSums(
    _ x: Sequences, with other: Tensor, channels: Int,
    _ terms: @Sendable (Float, Float) -> (Double, Double)
  ) -> (count: Int, sums: (first: [Double], second: [Double])) {
    sums(x, channels: channels) { place, _ in
      unsafe terms(x.values.pointer[place], other.pointer[place])
    }
  }

  /// Frames are summed up in stretches, whose sums are then added in order: threads do not change a bit.
  private func sums(
    _ x: Sequences, channels: Int, _ terms: @Sendable (Int, Int) -> (Double, Double)
  ) -> (count: Int, sums: (first: [Double], second: [Double])) {
    let length = max(1, (1 << 15) / max(x.count * x.featureCount, 1))
    let stretches = (x.frameCount + length - 1) / length
    var all = [Double](repeating: 0, count: 2 * channels * stretches)
    let count = x.lengths.reduce(0, +) * (x.featureCount / max(channels, 1))
    unsafe all.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let all = unsafe buffer
      divide(stretches) { range in
        for stretch in range {
          let (first, end) = (stretch * length, min((stretch + 1) * length, x.frameCount))
          let own = 2 * channels * stretch
          forEachRealRow(x, frames: first..<end, channels: channels) { start in
            for channel in 0..<channels {
              let (a, b) = terms(start + channel, channel)
              unsafe all[own + channel] += a
              unsafe all[own + channels + channel] += b
            }
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

  /// dL/dx of a batch normalisation: factor (g - mean - normalized slope) where frames are real, 0 elsewhere.
  package func normalizationGradient(
    _ gradient: Sequences, normalized: Tensor, factor: [Float], mean: [Float], slope: [Float]
  ) -> Tensor {
    let channels = factor.count
    var result = Tensor(shape: gradient.values.shape)
    nonisolated(unsafe) let target = unsafe result.mutablePointer
    divide(gradient.frameCount, grain: 4) { frames in
      forEachRealRow(gradient, frames: frames, channels: channels) { start in
        let (g, n) = unsafe (gradient.values.pointer + start, normalized.pointer + start)
        for channel in 0..<channels {
          unsafe target[start + channel] =
            factor[channel] * (g[channel] - mean[channel] - n[channel] * slope[channel])
        }
      }
    }
    return result
  }

  /// Calls `body` with the start of each row of channels that is part of a sequence, in `frames`.
  private func forEachRealRow(
    _ x: Sequences, frames: Range<Int>, channels: Int, _ body: (_ start: Int) -> Void
  ) {
    let rows = x.featureCount / max(channels, 1)
    for frame in frames {
      for number in 0..<x.count where frame < x.lengths[number] {
        for row in 0..<rows { body(((frame * x.count + number) * rows + row) * channels) }
      }
    }
  }
}
