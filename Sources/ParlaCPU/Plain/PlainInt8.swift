/// Plain, slow products with 8-bit weights: the reference for the kernels.
enum PlainInt8 {
  /// A row of activations: number i represents `scale * (values[i] - zero)`.
  struct Row: Equatable {
    var scale: Float
    var zero: Int
    var values: [Int]
  }

  /// Quantises `x` in 8 bits, or 16 where `isFine`: the least number (or 0) to 0, the greatest (or 0) to the largest.
  static func quantize(_ x: [Float], isFine: Bool) -> Row {
    let steps: Float = isFine ? 65535 : 255
    let least = min(0, x.min() ?? 0)
    let range = max(0, x.max() ?? 0) - least
    let scale = range > 0 ? range / steps : 1
    let inverse = 1 / scale
    let zero = Int(-least * inverse + 0.5)
    let values = x.map { Int(min(max($0 * inverse + (Float(zero) + 0.5), 0), steps)) }
    return Row(scale: scale, zero: zero, values: values)
  }

  /// Quantises a row of weights to its scale times numbers from -127 to 127.
  static func quantizeWeights(_ w: [Float]) -> (scale: Float, values: [Int]) {
    let greatest = w.map(abs).max() ?? 0
    let inverse = greatest > 0 ? 127 / greatest : 0
    return (greatest / 127, w.map { Int(($0 * inverse).rounded()) })
  }

  /// The product of a row of activations with a row of weights.
  static func product(_ x: Row, _ weights: [Int], scale: Float) -> Float {
    var sum = 0
    for (value, weight) in zip(x.values, weights) { sum += (value - x.zero) * weight }
    return x.scale * scale * Float(sum)
  }
}
