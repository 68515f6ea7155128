import Foundation
import ParlaNeuralNetwork

/// A weight that is written behind a graph: floats, or signed bytes with a scale for each place along an axis.
struct ONNXWeight {
  let tensor: ExportedTensor

  /// The largest numbers that bytes stand for, one for each scale; nil for floats.
  private let limits: [Float]?

  /// How many numbers follow one another that share a scale.
  private let sharing: Int

  /// Floats.
  init(_ tensor: ExportedTensor) {
    self.tensor = tensor
    (sharing, limits) = (1, nil)
  }

  /// Bytes from -127 to 127, the same that `WeightMatrix` makes.
  init(bytesOf tensor: ExportedTensor, axis: Int) {
    self.tensor = tensor
    let sharing = tensor.shape[(axis + 1)...].reduce(1, *)
    var greatest = [Float](repeating: 0, count: tensor.shape[axis])
    tensor.forEachBlock { first, block in
      for index in 0..<block.count {
        let place = (first + index) / sharing % greatest.count
        let size = abs(block[index])
        // What is no number makes products that are none.
        greatest[place] = size.isFinite ? max(greatest[place], size) : .nan
      }
    }
    (self.sharing, limits) = (sharing, greatest)
  }

  /// What bytes are to be multiplied by.
  var scales: [Float] { (limits ?? []).map { $0 / 127 } }

  var element: ONNXGraph.Element { limits == nil ? .float : .int8 }

  var byteCount: Int { limits == nil ? tensor.byteCount : tensor.byteCount / 4 }

  /// Hands on the numbers, little-endian, a stretch at a time.
  func forEachStretch(_ body: (Data) throws -> Void) rethrows {
    guard let limits else { return try tensor.forEachStretch(body) }
    let factors = limits.map { $0 > 1e-30 ? 127 / $0 : 0 }
    try tensor.forEachBlock { first, block in
      try body(
        Data(
          (0..<block.count).map { index in
            let factor = factors[(first + index) / sharing % factors.count]
            guard factor > 0 else { return 0 }
            let scaled = block[index] * factor
            return UInt8(bitPattern: Int8(scaled + (scaled < 0 ? -0.5 : 0.5)))
          }))
    }
  }
}

extension ONNXGraph {
  /// A weight that frames are multiplied by: floats, or what they become after they were stored as bytes, with a scale for each
  /// output, which are along `axis`.
  mutating func productWeight(
    _ tensor: ExportedTensor, outputs axis: Int, isProduct: Bool
  ) -> ONNXValue {
    guard isQuantized, isProduct else { return weight(tensor) }
    let bytes = ONNXWeight(bytesOf: tensor, axis: axis)
    let scales = bytes.scales
    let name = "\(Self.constantPrefix)\(tensor.name)"
    return add(
      "DequantizeLinear", [weight(bytes), weight(name, [scales.count], scales)],
      [.int("axis", axis)])
  }
}
