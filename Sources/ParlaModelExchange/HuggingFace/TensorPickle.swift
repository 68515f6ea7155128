package import Foundation
package import ParlaAcousticModel
import ParlaFiles

/// The pickle of a `torch.save` archive: a mapping from names to tensors.
///
/// Format: `torch/_utils.py`. Names other than those by which tensors are described are refused.
package enum TensorPickle {
  /// A tensor as the pickle describes it.
  package struct Description {
    /// The member with the numbers.
    let storage: String
    /// What its numbers are; nil for what is no float.
    let type: NumberType?
    /// Where the first is, in numbers.
    let offset: Int
    let shape: [Int]
    let strides: [Int]

    /// Whether the numbers lie in a row, the last axis varying fastest.
    var isContiguous: Bool {
      var expected = 1
      for (length, stride) in zip(shape, strides).reversed() {
        if length > 1, stride != expected { return false }
        let (product, overflow) = expected.multipliedReportingOverflow(by: max(length, 1))
        guard !overflow else { return false }
        expected = product
      }
      return strides.count == shape.count
    }
  }

  /// The types of floats.
  package enum NumberType: String {
    case float32 = "FloatStorage"
    case float64 = "DoubleStorage"
    case float16 = "HalfStorage"
    case bfloat16 = "BFloat16Storage"

    var size: Int {
      switch self {
      case .float32: 4
      case .float64: 8
      case .float16, .bfloat16: 2
      }
    }

    func numbers(_ offset: Int) -> ForeignTensor.Numbers {
      switch self {
      case .float32: .float32(offset: offset)
      case .float64: .float64(offset: offset)
      case .float16: .float16(offset: offset)
      case .bfloat16: .bfloat16(offset: offset)
      }
    }
  }

  private static let makers = PickleMaker.python.merging([
    "torch._utils._rebuild_tensor_v2": .object, "torch._utils._rebuild_parameter": .object,
  ]) { $1 }

  /// The tensors in `data`, by name; those of a mapping within the mapping, such as `state_dict`, too.
  ///
  /// - Throws: `ModelError.codeInPickle`, `.damaged`.
  package static func tensors(
    _ data: Data, path: String
  ) throws(ModelError) -> [(name: String, tensor: Description)] {
    guard case .dictionary(let pairs) = try value(data, path: path) else {
      throw problem("found no mapping of names to tensors", path)
    }
    var tensors: [(name: String, tensor: Description)] = []
    for pair in pairs {
      var inner = [pair]
      if case .dictionary(let pairs) = pair.value { inner = pairs }
      for (key, value) in inner {
        guard case .text(let name) = key, case .object(let object) = value else { continue }
        tensors.append((name, try tensor(object, path)))
      }
    }
    return tensors
  }

  private static func value(_ data: Data, path: String) throws(ModelError) -> PickleValue {
    do throws(PickleFault) {
      return try PickleReader.value(in: [UInt8](data), makers: makers, hasReferences: true)
    } catch {
      switch error {
      case .damaged(let byte, let text): throw problem("byte \(byte): \(text)", path)
      case .call(_, let name): throw .codeInPickle(path: path, name: name)
      }
    }
  }

  private static func problem(_ text: String, _ path: String) -> ModelError {
    .damaged(path: path, reason: "data.pkl, \(text)")
  }

  private static func tensor(
    _ object: PickledObject, _ path: String
  ) throws(ModelError) -> Description {
    if object.name == "torch._utils._rebuild_parameter" {
      guard case .object(let inner)? = object.arguments.first, inner.name != object.name else {
        throw problem("found no tensor of a parameter", path)
      }
      return try tensor(inner, path)
    }
    let fields = object.arguments
    guard fields.count >= 4, let (storage, type) = storage(fields[0]),
      case .int(let offset) = fields[1], let shape = fields[2].lengths,
      let strides = fields[3].lengths
    else { throw problem("found no description of a tensor", path) }
    return Description(
      storage: storage, type: type, offset: offset, shape: shape, strides: strides)
  }

  /// `('storage', type, key, device, count)`.
  private static func storage(_ value: PickleValue) -> (key: String, type: NumberType?)? {
    guard case .reference(.tuple(let fields)) = value, fields.count == 5,
      case .text("storage") = fields[0], case .name(let type) = fields[1],
      case .text(let key) = fields[2]
    else { return nil }
    let prefix = "torch."
    guard type.hasPrefix(prefix) else { return (key, nil) }
    return (key, NumberType(rawValue: String(type.dropFirst(prefix.count))))
  }
}
