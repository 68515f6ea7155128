package import ParlaNeuralNetwork
import ParlaPlatform
package import ParlaTranscripts

/// Models straight from their files: data with a suitable layout is memory-mapped, not copied, and shared with other processes.
extension InferenceModel {
  /// Opens a model of Parla's own, a file or a folder of checkpoints, or what one of `readers` knows.
  ///
  /// Where the file's weights have the precision asked for and their rows follow one another, they stay in the file: bytes in
  /// the `.safetensors` of `parla export --quantize`, floats in `.safetensors`, most of both in `.tflite`. All others are
  /// converted.
  ///
  /// - Throws: `ModelError`, naming the place; `.noReader` for a model of another toolkit that none of `readers` knows.
  package init(
    path: String, alphabet: Alphabet? = nil, precision: WeightPrecision,
    readers: [ModelReader] = []
  ) throws(ModelError) {
    guard try !ModelReader.isOwn(path) else {
      try self.init(own: path, alphabet: alphabet, precision: precision)
      return
    }
    for reader in readers {
      guard let model = try reader.open(path, alphabet, precision) else { continue }
      self = model
      return
    }
    throw try ModelReader.refusal(of: path, readers: readers)
  }

  /// Opens a model of Parla's own.
  private init(
    own path: String, alphabet: Alphabet?, precision: WeightPrecision
  ) throws(ModelError) {
    guard !ModelReader.isFolder(path) else {
      let model = try CheckpointFolder(path: path).bestModel().writing(alphabet, path: path)
      try self.init(model, precision: precision)
      return
    }
    let file = try MappedSafeTensors(path: path)
    let (description, own) = try AcousticModel.decodeMetadata(file.header.metadata, path: path)
    try alphabet?.check(isOf: own, path: path)
    self.init(
      description: description, alphabet: own,
      metadata: try ModelMetadata(texts: file.header.metadata, path: path) ?? ModelMetadata(),
      weights: try GraphWeights(description.graph, file.parameterSource, precision: precision)
        .finite(description.graph, path: path))
  }
}

// MARK: - Parla's own

/// A safetensors file whose numbers stay where they are.
struct MappedSafeTensors {
  let header: SafeTensorsHeader
  private let bytes: ModelBytes
  private let entries: [String: SafeTensorsHeader.Entry]

  /// Maps the file at `path`.
  ///
  /// - Throws: `ModelError.unreadable`, `.notAModel`, `.cutOff`, `.damaged`.
  init(path: String) throws(ModelError) {
    bytes = try ModelBytes(path: path)
    header = try SafeTensorsHeader(bytes)
    entries = Dictionary(
      header.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  var parameterSource: ParameterSource {
    ParameterSource(
      tensor: { parameter throws(ModelError) in
        try tensor(parameter.name, shape: parameter.shape)
      },
      weights: { parameter, precision throws(ModelError) in
        let (outputs, inputs) = (parameter.shape[0], parameter.shape[1])
        let entry = try entry(parameter.name, shape: parameter.shape)
        let memory = bytes.weightMemory(at: header.length + entry.offset)
        let rows = [WeightMatrix.Segment(outputs: 0..<outputs, offset: 0)]
        guard entry.type == .int8 else {
          return WeightMatrix(
            floats: memory, outputCount: outputs, inputCount: inputs, stride: inputs,
            segments: rows, precision: precision)
        }
        let scales = try tensor(SafeTensors.scaleName(of: parameter.name), shape: [outputs])
        return WeightMatrix(
          bytes: memory, inputCount: inputs, scales: scales.values, precision: precision)
      })
  }

  private func tensor(_ name: String, shape: [Int]) throws(ModelError) -> Tensor {
    let entry = try entry(name, shape: shape)
    guard entry.type == .float32 else {
      throw .damaged(path: bytes.path, reason: "\(name) has numbers of type I8, not F32")
    }
    var tensor = Tensor(unwritten: shape)
    unsafe bytes.copyFloats(
      at: header.length + entry.offset, count: tensor.count, to: tensor.mutablePointer)
    return tensor
  }

  private func entry(
    _ name: String, shape: [Int]
  ) throws(ModelError) -> SafeTensorsHeader.Entry {
    guard let entry = entries[name] else {
      throw .damaged(path: bytes.path, reason: "\(name) is missing")
    }
    guard entry.shape == shape else {
      throw .otherGeometry(
        path: bytes.path, parameter: name, found: entry.shape, expected: shape)
    }
    return entry
  }
}
