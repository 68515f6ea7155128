/// Plain, slow products with weights of 4 bits: the reference for the kernels.
enum PlainInt4 {
  /// Neighbouring weights of an output: number i represents `scale * values[i]`.
  struct Group: Equatable {
    var scale: Float
    var values: [Int]

    /// What the numbers represent.
    var weights: [Float] { values.map { scale * Float($0) } }
  }

  /// Inputs of a group.
  static let groupSize = 32

  /// Outputs whose weights are packed together.
  private static let rowsTogether = 32

  /// The groups of each output of `matrix`, read one by one from where the kernels find them.
  static func rows(of matrix: WeightMatrix) -> [[Group]] {
    precondition(matrix.precision == .int4, "weights of 4 bits")
    let groupCount = (matrix.inputCount + groupSize - 1) / groupSize
    let numberBytes = rowsTogether * groupSize / 2
    let groupBytes = numberBytes + 2 * rowsTogether
    func byte(_ index: Int) -> UInt8 {
      unsafe matrix.memory.pointer.load(fromByteOffset: index, as: UInt8.self)
    }
    return (0..<matrix.outputCount).map { output in
      let place = output % rowsTogether
      return (0..<groupCount).map { group in
        let start = (output / rowsTogether * groupCount + group) * groupBytes
        let half = start + numberBytes + 2 * place
        let bits = UInt32(byte(half)) << 16 | UInt32(byte(half + 1)) << 24
        let count = min(groupSize, matrix.inputCount - group * groupSize)
        let values = (0..<count).map { input in
          let (step, part) = (input / 8, input % 8)
          let pair = byte(start + (step * rowsTogether + place) * 4 + part % 4)
          return Int(part < 4 ? pair & 15 : pair >> 4) - 8
        }
        return Group(scale: Float(bitPattern: bits), values: values)
      }
    }
  }

  /// The product of a row of activations with the weights of an output.
  static func product(_ x: PlainInt8.Row, _ groups: [Group]) -> Float {
    var result = 0.0
    for (index, group) in groups.enumerated() {
      var sum = 0
      for (value, weight) in zip(x.values.dropFirst(index * groupSize), group.values) {
        sum += (value - x.zero) * weight
      }
      result += Double(group.scale) * Double(sum)
    }
    return Float(Double(x.scale) * result)
  }
}
