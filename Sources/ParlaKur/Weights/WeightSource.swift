import Foundation
package import ParlaFiles
package import ParlaNeuralNetwork

/// Weights as Kur keeps them: a folder of `.kur` files, or an archive of NumPy arrays with the same names.
package struct WeightSource: Sendable {
  /// Where they were read from.
  package let path: String

  /// The arrays, by file name without extension.
  private let arrays: [String: (shape: [Int], values: [Float])]

  /// Whether a file is at `path`, or a folder in which more is than a training leaves that was killed before it wrote weights.
  package static func isThere(_ path: String) -> Bool {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      return FileManager.default.fileExists(atPath: path)
    }
    let others = [TrainingRecord.unfinishedName, FolderLock.fileName]
    return !names.allSatisfy(others.contains)
  }

  /// Reads the folder or the `.npz` file at `path`.
  ///
  /// - Throws: `KurError.file`, `.badFile`.
  package init(path: String) throws(KurError) {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw .file(.unreadable(path: path, reason: systemReason(ENOENT)))
    }
    guard isFolder.boolValue else {
      let archive: NumPyArchive
      do { archive = try NumPyArchive(path: path) } catch { throw .file(error) }
      try self.init(archive, path: path)
      return
    }
    if let archive = UnfinishedWeights.read(path) {
      try self.init(archive, path: path)
      return
    }
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
      throw .file(.unreadable(path: path, reason: systemReason(error)))
    }
    var arrays: [String: (shape: [Int], values: [Float])] = [:]
    for name in names where name.hasSuffix(".kur") {
      let array = try IDXArray(path: path.appendingName(name))
      arrays[String(name.dropLast(4))] = (array.shape, array.floats)
    }
    try self.init(arrays, path: path)
  }

  /// Takes the arrays of `archive`; `path` is for messages.
  ///
  /// - Throws: `KurError.badFile` where there are none.
  package init(_ archive: NumPyArchive, path: String) throws(KurError) {
    let arrays = archive.arrays.map { ($0.name, ($0.array.shape, $0.array.values)) }
    try self.init(Dictionary(arrays, uniquingKeysWith: { first, _ in first }), path: path)
  }

  private init(
    _ arrays: [String: (shape: [Int], values: [Float])], path: String
  ) throws(KurError) {
    guard !arrays.isEmpty else {
      throw .badFile(path: path, found: "no weights", expected: "files LAYER+WEIGHT.kur")
    }
    self.path = path
    self.arrays = arrays
  }

  /// What became of the layers of a model.
  package struct Report: Sendable, Equatable {
    /// The layers whose weights were read.
    package var read: [String] = []
    /// The layers without files, which keep what they had.
    package var missing: [String] = []
    /// The layers that are there but not in the model.
    package var unknown: [String] = []
  }

  /// Puts the weights of `network`'s layers into `parameters` and `buffers`, layer by layer, by their names.
  ///
  /// As in Kur, layers without files keep what they have, and layers that are unknown are left out.
  ///
  /// - Throws: `KurError.badFile` for a layer with other weights, or weights of another shape, or that are no numbers.
  package func read(
    into parameters: inout Parameters, _ buffers: inout Parameters, of network: KurNetwork
  ) throws(KurError) -> Report {
    var report = Report()
    var tensors = Self.tensors(parameters, buffers)
    var known: Set<String> = []
    for layer in network.weightLayers {
      let own = network.weights.filter { $0.layer == layer }
      let found = Set(arrays.keys.filter { $0.hasPrefix(layer + "+") })
      known.formUnion(found)
      guard !found.isEmpty else {
        report.missing.append(layer)
        continue
      }
      guard found == Set(own.map(\.file)) else {
        throw .badFile(
          path: "\(path): \(layer)", found: Self.names(found, layer),
          expected: Self.names(own.map(\.file), layer) + ", as the model's layer has")
      }
      for weight in own.sorted(by: { $1.isAddend && !$0.isAddend }) {
        guard let array = arrays[weight.file] else { continue }
        guard array.shape == weight.shape else {
          throw .badFile(
            path: "\(path): \(weight.file)", found: "the shape \(array.shape)",
            expected: "\(weight.shape), as the model's layer has")
        }
        if let place = array.values.firstIndex(where: { !$0.isFinite }) {
          throw .badFile(
            path: "\(path): \(weight.file)", found: "\(array.values[place]) as number \(place + 1)",
            expected: "numbers; take weights that were saved before the training failed")
        }
        weight.read(array.values, into: &tensors)
      }
      report.read.append(layer)
    }
    report.unknown = Set(arrays.keys.filter { !known.contains($0) }.map(Self.layer)).sorted()
    if report.read.isEmpty {
      throw .badFile(
        path: path, found: "layers " + report.unknown.prefix(5).joined(separator: ", "),
        expected: "one of the model's: " + network.weightLayers.prefix(5).joined(separator: ", "))
    }
    parameters.set(tensors)
    buffers.set(tensors)
    return report
  }

  private static func layer(_ file: String) -> String {
    file.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false).first.map(
      String.init)
      ?? file
  }

  private static func names(_ files: some Sequence<String>, _ layer: String) -> String {
    files.map { String($0.dropFirst(layer.count + 1)) }.sorted().joined(separator: ", ")
  }

  fileprivate static func tensors(
    _ parameters: Parameters, _ buffers: Parameters
  ) -> [String: [Float]] {
    var tensors: [String: [Float]] = [:]
    for part in [parameters, buffers] {
      for (specification, tensor) in zip(part.specifications, part.tensors) {
        tensors[specification.name] = tensor.values
      }
    }
    return tensors
  }
}

extension KurWeight {
  /// Whether it is added to what other files have.
  var isAddend: Bool { parts.contains(where: \.isAddend) }
}

extension KurNetwork {
  /// The names of layers that have files, in the order of the model.
  package var weightLayers: [String] {
    var names: [String] = []
    for weight in weights where names.last != weight.layer && !names.contains(weight.layer) {
      names.append(weight.layer)
    }
    return names
  }

  /// The weights as Kur keeps them, by file name without extension.
  package func arrays(
    _ parameters: Parameters, _ buffers: Parameters
  ) -> [(name: String, shape: [Int], values: [Float])] {
    let tensors = WeightSource.tensors(parameters, buffers)
    return weights.map { ($0.file, $0.shape, $0.values(of: tensors)) }
  }

  /// Writes the weights to the folder at `path`, which is made where it is not there, a file for each; whenever that ends,
  /// `WeightSource` reads all the old ones there or all the new ones.
  ///
  /// - Throws: `KurError.file`.
  package func write(
    _ parameters: Parameters, _ buffers: Parameters, to path: String
  ) throws(KurError) {
    do { try makeFolder(path) } catch { throw .file(error) }
    try UnfinishedWeights.write(arrays(parameters, buffers), to: path)
  }
}

extension Parameters {
  /// Takes the numbers of each parameter that `tensors` has.
  fileprivate mutating func set(_ tensors: [String: [Float]]) {
    for (index, specification) in specifications.enumerated() {
      guard let values = tensors[specification.name] else { continue }
      self.tensors[index] = Tensor(shape: specification.shape, values: values)
    }
  }
}
