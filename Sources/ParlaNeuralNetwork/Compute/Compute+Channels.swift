extension Compute {
  /// `x` with each channel, its last axis, times `scale` plus `shift`.
  func channels(_ x: Tensor, scale: [Float], shift: [Float]) -> Tensor {
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
  func channelSums(
    _ x: Sequences, channels: Int, _ terms: (Float, Int) -> (Double, Double)
  ) -> (count: Int, sums: (first: [Double], second: [Double])) {
    var (first, second) = (
      [Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels)
    )
    let count = forEachRealRow(x, channels: channels) { start in
      for channel in 0..<channels {
        let (a, b) = terms(unsafe x.values.pointer[start + channel], channel)
        first[channel] += a
        second[channel] += b
      }
    }
    return (count, (first, second))
  }

  /// The same with the numbers of `beside`, of the same shape.
  func channelSums(
    _ x: Sequences, beside: Tensor, channels: Int, _ terms: (Float, Float) -> (Double, Double)
  ) -> (count: Int, sums: (first: [Double], second: [Double])) {
    var (first, second) = (
      [Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels)
    )
    let count = forEachRealRow(x, channels: channels) { start in
      for channel in 0..<channels {
        let (a, b) = unsafe terms(
          x.values.pointer[start + channel], beside.pointer[start + channel])
        first[channel] += a
        second[channel] += b
      }
    }
    return (count, (first, second))
  }

  /// dL/dx of a batch normalisation: factor (g - mean - normalized slope) where frames are real, 0 elsewhere.
  func normalizationGradient(
    _ gradient: Sequences, normalized: Tensor, factor: [Float], mean: [Float], slope: [Float]
  ) -> Tensor {
    let channels = factor.count
    var result = Tensor(shape: gradient.values.shape)
    nonisolated(unsafe) let target = unsafe result.mutablePointer
    _ = forEachRealRow(gradient, channels: channels) { start in
      let (g, n) = unsafe (gradient.values.pointer + start, normalized.pointer + start)
      for channel in 0..<channels {
        unsafe target[start + channel] =
          factor[channel] * (g[channel] - mean[channel] - n[channel] * slope[channel])
      }
    }
    return result
  }

  /// Calls `body` with the start of each row of channels that is part of a sequence, and counts them.
  private func forEachRealRow(
    _ x: Sequences, channels: Int, _ body: (_ start: Int) -> Void
  ) -> Int {
    let rows = x.featureCount / max(channels, 1)
    var count = 0
    for frame in 0..<x.frameCount {
      for number in 0..<x.count where frame < x.lengths[number] {
        for row in 0..<rows { body(((frame * x.count + number) * rows + row) * channels) }
        count += rows
      }
    }
    return count
  }
}
