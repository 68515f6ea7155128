import Foundation
import ParlaAcousticModel
import ParlaFiles

/// Tensors in the archive that `torch.save` writes: a zip file of a pickle, which names them, and a member for each storage.
///
/// Format: `torch/serialization.py`, from PyTorch 1.6 on. The pickle is read by `TensorPickle`, which calls nothing.
struct PyTorchArchive {
  /// The tensors by name.
  let tensors: [(name: String, tensor: ForeignTensor)]

  /// Whether `bytes` begin as a zip file does.
  static func isArchive(_ bytes: ModelBytes) -> Bool {
    bytes.count > 4 && bytes[0] == 0x50 && bytes[1] == 0x4b && bytes[2] == 3 && bytes[3] == 4
  }

  /// Looks through the archive in `bytes`.
  ///
  /// - Throws: `ModelError.damaged`, `.codeInPickle`, `.cutOff`.
  init(_ bytes: ModelBytes) throws(ModelError) {
    let path = bytes.path
    let members = try Self.members(bytes)
    guard let (name, pickle) = members.first(where: { $0.key.hasSuffix("/data.pkl") }) else {
      throw .damaged(path: path, reason: "it has no data.pkl, as torch.save writes it")
    }
    let folder = name.dropLast("data.pkl".count)
    let found = try TensorPickle.tensors(try bytes.data(pickle), path: path)
    var tensors: [(name: String, tensor: ForeignTensor)] = []
    for (name, description) in found {
      guard let storage = members["\(folder)data/\(description.storage)"] else {
        throw .damaged(path: path, reason: "the numbers of \(name) are missing")
      }
      guard let tensor = try Self.tensor(name, description, storage, bytes) else { continue }
      tensors.append((name, tensor))
    }
    self.tensors = tensors
  }

  /// Where the members' bytes are, by name.
  private static func members(_ bytes: ModelBytes) throws(ModelError) -> [String: Range<Int>] {
    do {
      let archive = try Data(
        contentsOf: URL(fileURLWithPath: bytes.path), options: .mappedIfSafe)
      return try ZipDirectory(archive, path: bytes.path).storedRanges(in: archive)
    } catch let error as FileError {
      throw .damaged(path: bytes.path, reason: error.reason)
    } catch {
      throw .unreadable(path: bytes.path, reason: "\(error)")
    }
  }

  /// A tensor of floats whose numbers lie in a row; nil for whole numbers, which no weight is made of.
  private static func tensor(
    _ name: String, _ description: TensorPickle.Description, _ storage: Range<Int>,
    _ bytes: ModelBytes
  ) throws(ModelError) -> ForeignTensor? {
    guard let type = description.type else { return nil }
    let (start, overflow) = description.offset.multipliedReportingOverflow(by: type.size)
    guard let count = ArrayShape.elementCount(description.shape), !overflow, start >= 0,
      start <= storage.count - type.size * count
    else {
      throw .damaged(path: bytes.path, reason: "\(name) lies beyond its storage")
    }
    guard description.isContiguous else {
      throw .damaged(path: bytes.path, reason: "the numbers of \(name) do not lie in a row")
    }
    return try ForeignTensor(
      name: name, shape: description.shape, numbers: type.numbers(storage.lowerBound + start),
      bytes: bytes)
  }
}
