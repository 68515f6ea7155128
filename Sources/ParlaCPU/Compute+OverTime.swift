extension Compute {
  /// Gives each group of channels of each sequence mean 0 and variance 1 over all its frames, and returns what it was multiplied by,
  /// [batch, groups]; zeros in padding.
  package func normalizedOverTime(
    _ x: Sequences, channels: Int, groups: Int, epsilon: Float
  ) -> (normalized: Tensor, factors: Tensor) {
    var result = Tensor(shape: x.values.shape)
    var factors = Tensor(unwritten: [x.count, groups])
    nonisolated(unsafe) let (source, target) = unsafe (x.values.pointer, result.mutablePointer)
    nonisolated(unsafe) let factor = unsafe factors.mutablePointer
    forEach(x.count * groups) { task in
      let rows = GroupRows(x, number: task / groups, group: task % groups, channels, groups)
      var (sum, squares) = (0.0, 0.0)
      rows.visit { unsafe sum += Double(source[$0]) }
      let mean = sum / rows.count
      rows.visit { place in
        let distance = unsafe Double(source[place]) - mean
        squares += distance * distance
      }
      let scale = 1 / (squares / rows.count + Double(epsilon)).squareRoot()
      rows.visit { unsafe target[$0] = Float((Double(source[$0]) - mean) * scale) }
      unsafe factor[task] = Float(scale)
    }
    return (result, factors)
  }

  /// dL/dx, given that with respect to what `normalizedOverTime` made: factor (g - mean(g) - normalized mean(g normalized)).
  package func overTimeGradient(
    _ gradient: Sequences, normalized: Tensor, factors: Tensor, channels: Int, groups: Int
  ) -> Tensor {
    var result = Tensor(shape: gradient.values.shape)
    nonisolated(unsafe) let (g, n) = unsafe (gradient.values.pointer, normalized.pointer)
    nonisolated(unsafe) let (factor, target) = unsafe (factors.pointer, result.mutablePointer)
    forEach(gradient.count * groups) { task in
      let rows = GroupRows(
        gradient, number: task / groups, group: task % groups, channels, groups)
      var (sum, product) = (0.0, 0.0)
      rows.visit { place in
        unsafe sum += Double(g[place])
        unsafe product += Double(g[place]) * Double(n[place])
      }
      let (mean, share) = (Float(sum / rows.count), Float(product / rows.count))
      rows.visit { unsafe target[$0] = factor[task] * (g[$0] - mean - n[$0] * share) }
    }
    return result
  }
}

/// Where the numbers of a group of channels of one sequence are.
private struct GroupRows {
  private let starts: [Int]
  private let width: Int

  init(_ x: Sequences, number: Int, group: Int, _ channels: Int, _ groups: Int) {
    let (features, width) = (x.featureCount, channels / groups)
    self.width = width
    starts = (0..<x.lengths[number]).flatMap { frame in
      stride(from: 0, to: features, by: channels).map { row in
        (frame * x.count + number) * features + row + group * width
      }
    }
  }

  var count: Double { Double(max(starts.count * width, 1)) }

  @inline(__always)
  func visit(_ body: (Int) -> Void) {
    for start in starts {
      for place in start..<start + width { body(place) }
    }
  }
}
