import ParlaAcousticModel
import ParlaNeuralNetwork

/// The tensors of a folder's files by name, each of which stays in its file until it is wanted.
struct FolderTensors: Sendable {
  /// The first of the files, for messages.
  let path: String

  private var tensors: [String: ForeignTensor] = [:]

  /// No tensors yet.
  init(path: String) { self.path = path }

  /// Adds the tensors of the file at `path`, safetensors or PyTorch's archive, in the place of those of the same names.
  ///
  /// - Throws: `ModelError`, naming the file.
  mutating func add(_ path: String) throws(ModelError) {
    let bytes = try ModelBytes(path: path)
    if PyTorchArchive.isArchive(bytes) {
      for (name, tensor) in try PyTorchArchive(bytes).tensors { tensors[name] = tensor }
      return
    }
    let header = try SafeTensorsHeader(bytes, types: SafeTensorsHeader.NumberType.allCases)
    for entry in header.entries {
      guard let numbers = entry.type.numbers(at: header.length + entry.offset) else { continue }
      tensors[entry.name] = try ForeignTensor(
        name: entry.name, shape: entry.shape, numbers: numbers, bytes: bytes)
    }
  }

  /// What tensors were called before, and are called since.
  private static let otherNames = [
    ("parametrizations.weight.original0", "weight_g"),
    ("parametrizations.weight.original1", "weight_v"),
  ]

  /// The tensor `name`, if there is one.
  subscript(name: String) -> ForeignTensor? {
    if let tensor = tensors[name] { return tensor }
    for (new, old) in Self.otherNames where name.hasSuffix(new) {
      return tensors[name.dropLast(new.count) + old]
    }
    return nil
  }

  /// The tensor `name`.
  ///
  /// - Throws: `ModelError.missingTensor`.
  func required(_ name: String) throws(ModelError) -> ForeignTensor {
    guard let tensor = self[name] else { throw .missingTensor(path: path, tensor: name) }
    return tensor
  }

  /// Whether any tensor's name begins so.
  func holds(prefix: String) -> Bool { tensors.keys.contains { $0.hasPrefix(prefix) } }
}

extension SafeTensorsHeader.NumberType {
  /// Numbers of this type from `offset` on; nil for those that no weight is made of.
  fileprivate func numbers(at offset: Int) -> ForeignTensor.Numbers? {
    switch self {
    case .float32: .float32(offset: offset)
    case .float16: .float16(offset: offset)
    case .bfloat16: .bfloat16(offset: offset)
    case .float64: .float64(offset: offset)
    default: nil
    }
  }
}
