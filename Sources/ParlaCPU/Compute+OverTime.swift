import CKernels

extension Compute {
  /// Gives each group of channels of each sequence mean 0 and variance 1 over all its frames, and returns what it was multiplied by,
  /// [batch, groups]; zeros in padding.
  package func normalizedOverTime(
    _ x: consuming Sequences, channels: Int, groups: Int, epsilon: Float
  ) -> (normalized: Tensor, factors: Tensor) {
    let lengths = x.lengths
    var result = x.values
    var factors = Tensor(unwritten: [lengths.count, groups])
    for number in lengths.indices {
      let rows = unsafe SequenceRows(
        result.mutablePointer, shape: result.shape, number: number, length: lengths[number],
        channels: channels, groups: groups)
      let centers = rows.spread(groupMeans(rows) { row, column in Double(rows[row, column]) })
      let variances = groupMeans(rows) { row, column in
        let distance = Double(rows[row, column]) - centers[column]
        return distance * distance
      }
      let scales = variances.map { 1 / ($0 + Double(epsilon)).squareRoot() }
      for group in 0..<groups { factors[number * groups + group] = Float(scales[group]) }
      let spread = rows.spread(scales)
      replace(rows) { row, column in
        (Double(rows[row, column]) - centers[column]) * spread[column]
      }
    }
    return (result, factors)
  }

  /// Adds the number of rows of channels, and the sums of each channel and of its squares, to `sums`, which are empty before the first;
  /// `x` are frames of one sequence.
  package func addOverTime(_ x: Sequences, channels: Int, to sums: inout [Double]) {
    let (rows, found) = channelMoments(x, from: Tensor(shape: [channels]))
    let new = [Double(rows)] + found.first + found.second
    sums = sums.isEmpty ? new : zip(sums, new).map { $0 + $1 }
  }

  /// `normalizedOverTime` of some frames of one sequence, in their memory if nobody else needs it, then each channel times `gamma` plus
  /// `beta`, both [channels]; `sums` are those of the whole.
  package func scaledOverTime(
    _ x: consuming Sequences, sums: [Double], groups: Int, epsilon: Float, gamma: Tensor,
    beta: Tensor
  ) -> Sequences {
    let (channels, width) = (gamma.count, gamma.count / groups)
    let count = sums[0] * Double(width)
    var scales = Tensor(unwritten: [2, channels])
    for group in 0..<groups {
      let own = 1 + group * width..<1 + (group + 1) * width
      let mean = sums[own].reduce(0, +) / count
      let squares = sums[own.lowerBound + channels..<own.upperBound + channels].reduce(0, +)
      let factor = 1 / (max(squares / count - mean * mean, 0) + Double(epsilon)).squareRoot()
      for channel in group * width..<(group + 1) * width {
        let scale = factor * Double(gamma[channel])
        scales[channel] = Float(scale)
        scales[channels + channel] = Float(Double(beta[channel]) - mean * scale)
      }
    }
    var result = x
    nonisolated(unsafe) let (values, scale) = unsafe (
      result.values.mutablePointer, scales.pointer
    )
    divide(result.values.count / channels, grain: 64) { range in
      unsafe parla_scale_channels(
        range.count, channels, scale, scale + channels, values + range.lowerBound * channels)
    }
    withExtendedLifetime(scales) {}
    return result
  }

  /// dL/dx, given that with respect to what `normalizedOverTime` made: factor (g - mean(g) - normalized mean(g normalized)).
  package func overTimeGradient(
    _ gradient: consuming Sequences, normalized: Tensor, factors: Tensor, channels: Int, groups: Int
  ) -> Tensor {
    let lengths = gradient.lengths
    var result = gradient.values
    var normalized = normalized
    for number in lengths.indices {
      func rows(_ tensor: inout Tensor) -> SequenceRows {
        unsafe SequenceRows(
          tensor.mutablePointer, shape: tensor.shape, number: number, length: lengths[number],
          channels: channels, groups: groups)
      }
      let (own, other) = (rows(&result), rows(&normalized))
      let means = own.spread(groupMeans(own) { row, column in Double(own[row, column]) })
      let shares = own.spread(
        groupMeans(own) { row, column in Double(own[row, column]) * Double(other[row, column]) })
      let factor = own.spread((0..<groups).map { Double(factors[number * groups + $0]) })
      replace(own) { row, column in
        let distance = Double(own[row, column]) - means[column]
        return factor[column] * (distance - Double(other[row, column]) * shares[column])
      }
    }
    return result
  }

  /// The mean of `term` over all numbers of each group.
  ///
  /// Frames are summed up in stretches, whose sums are then added in order: threads do not change a bit.
  @inline(__always)
  private func groupMeans(
    _ rows: SequenceRows, _ term: @Sendable (_ row: Int, _ column: Int) -> Double
  ) -> [Double] {
    let (width, length) = (rows.width, 256)
    let stretches = (rows.length + length - 1) / length
    var all = [Double](repeating: 0, count: max(stretches, 1) * width)
    unsafe all.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let all = unsafe buffer
      divide(stretches) { range in
        for stretch in range {
          for row in stretch * length..<min((stretch + 1) * length, rows.length) {
            for column in 0..<width {
              unsafe all[stretch * width + column] += term(row, column)
            }
          }
        }
      }
    }
    var sums = [Double](repeating: 0, count: rows.groups)
    for place in all.indices { sums[rows.group(of: place % width)] += all[place] }
    return sums.map { $0 / Double(max(rows.length * width / rows.groups, 1)) }
  }

  /// Sets each number to `value`, and padding to zero.
  @inline(__always)
  private func replace(
    _ rows: SequenceRows, _ value: @Sendable (_ row: Int, _ column: Int) -> Double
  ) {
    divide(rows.frameCount, grain: 64) { range in
      for row in range {
        for column in 0..<rows.width {
          rows.set(row, column, row < rows.length ? Float(value(row, column)) : 0)
        }
      }
    }
  }
}

/// The frames of one sequence among those of a batch, whose channels are in groups; the creator keeps the memory alive, and no two
/// threads write the same row.
@safe private struct SequenceRows: @unchecked Sendable {
  private let start: UnsafeMutablePointer<Float>
  private let stride: Int
  private let channels: Int
  let frameCount: Int
  let width: Int
  let length: Int
  let groups: Int

  @unsafe init(
    _ values: UnsafeMutablePointer<Float>, shape: [Int], number: Int, length: Int, channels: Int,
    groups: Int
  ) {
    unsafe start = unsafe values + number * shape[2]
    stride = shape[1] * shape[2]
    frameCount = shape[0]
    width = shape[2]
    self.length = length
    self.channels = channels
    self.groups = groups
  }

  @inline(__always)
  subscript(row: Int, column: Int) -> Float { unsafe start[row * stride + column] }

  @inline(__always)
  func set(_ row: Int, _ column: Int, _ value: Float) {
    unsafe start[row * stride + column] = value
  }

  func group(of column: Int) -> Int { column % channels / (channels / groups) }

  /// What each column's group has.
  func spread(_ values: [Double]) -> [Double] { (0..<width).map { values[group(of: $0)] } }
}
