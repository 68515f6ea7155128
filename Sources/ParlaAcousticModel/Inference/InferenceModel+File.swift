package import ParlaNeuralNetwork
package import ParlaTranscripts

/// Models straight from their files: what can be used as it stands is mapped, not copied, and shared with other processes.
extension InferenceModel {
  /// Opens a model of any format, recognised by its content.
  ///
  /// Where the file's weights have the precision asked for and their rows follow one another, they stay in the file: bytes in
  /// the `.safetensors` of `parla export --quantize`, floats in `.safetensors`, most of both in `.tflite`. All others are
  /// converted.
  ///
  /// - Throws: `ModelError`, naming the place.
  package init(
    path: String, alphabet: Alphabet? = nil, precision: WeightPrecision
  ) throws(ModelError) {
    switch try ModelFormat(of: path) {
    case .tflite:
      let file = try TFLiteModel(path: path).file()
      let (description, alphabet) = try file.meaning(alphabet: alphabet)
      self.init(
        description: description, alphabet: alphabet, metadata: file.metadata,
        weights: try GraphWeights(description.graph, file.tensors.parameterSource(precision))
          .finite(description.graph, path: path))
    case .safetensors:
      let file = try MappedSafeTensors(path: path)
      let (description, own) = try AcousticModel.meaning(of: file.header.metadata, path: path)
      if let alphabet { try alphabet.check(labelCount: own.labelCount, path: path) }
      self.init(
        description: description, alphabet: alphabet ?? own,
        metadata: try ModelMetadata(texts: file.header.metadata, path: path) ?? ModelMetadata(),
        weights: try GraphWeights(description.graph, file.parameterSource(precision))
          .finite(description.graph, path: path))
    default:
      let imported = try ImportedModel(path: path, alphabet: alphabet)
      try self.init(imported.model, precision: precision)
    }
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

  func parameterSource(_ precision: WeightPrecision) -> ParameterSource {
    ParameterSource(
      tensor: { parameter throws(ModelError) in
        try tensor(parameter.name, shape: parameter.shape)
      },
      weights: { parameter throws(ModelError) in
        let (outputs, inputs) = (parameter.shape[0], parameter.shape[1])
        let entry = try entry(parameter.name, shape: parameter.shape)
        let memory = bytes.weightMemory(at: header.length + entry.offset)
        let rows = [WeightMatrix.Segment(outputs: 0..<outputs, offset: 0)]
        switch entry.type {
        case .float32:
          return WeightMatrix(
            floats: memory, outputCount: outputs, inputCount: inputs, stride: inputs,
            segments: rows, precision: precision)
        case .int8:
          let scales = try tensor(
            SafeTensors.scaleName(of: parameter.name), shape: [outputs])
          return WeightMatrix(
            bytes: memory, inputCount: inputs, scales: scales.values, precision: precision)
        }
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

// MARK: - DeepSpeech's

extension DeepSpeechTensors {
  /// These tensors, which stand [outputs, inputs], by the names that Parla gives them.
  fileprivate func parameterSource(_ precision: WeightPrecision) -> ParameterSource {
    precondition(layout == .outputsFirst, "weights [outputs, inputs]")
    return ParameterSource(
      tensor: { parameter throws(ModelError) in
        guard let layer = layer(parameter.name, ".bias") else { return recurrentBias }
        return Tensor(shape: [layer.bias.count], values: layer.bias.values())
      },
      weights: { parameter throws(ModelError) in
        if let layer = layer(parameter.name, ".weight") {
          return layer.weight.weights([(0..<layer.weight.rowCount, 0)], precision: precision)
        }
        let units = recurrent.bias.count / 4
        let inputs = recurrent.weight.columnCount - units
        let gates = (0..<4).map { gate in
          (
            outputs: gate * units..<(gate + 1) * units,
            firstRow: GateOrder.tensorFlow(gate * units, units: units)
          )
        }
        let isInput = parameter.name == "\(Self.recurrentName).input_weight"
        return recurrent.weight.weights(
          gates, columns: isInput ? 0..<inputs : inputs..<inputs + units, precision: precision)
      })
  }

  private func layer(_ name: String, _ suffix: String) -> Layer? {
    zip(Self.denseNumbers, dense).first { "layer_\($0.0)\(suffix)" == name }?.1
  }
}

extension ForeignTensor {
  /// Some columns of this tensor's rows as weights: each part of `rows` says for which outputs they are.
  fileprivate func weights(
    _ rows: [(outputs: Range<Int>, firstRow: Int)], columns: Range<Int>? = nil,
    precision: WeightPrecision
  ) -> WeightMatrix {
    let columns = columns ?? 0..<columnCount
    let segments = rows.map { part in
      WeightMatrix.Segment(
        outputs: part.outputs, offset: part.firstRow * columnCount + columns.lowerBound)
    }
    switch numbers {
    case .int8(let offset, let scales):
      let ordered = rows.flatMap { part in
        part.outputs.indices.map { index in
          scales.count == 1 ? scales[0] : scales[part.firstRow + index - part.outputs.lowerBound]
        }
      }
      let isWhole = columns == 0..<columnCount && rows.count == 1
      return WeightMatrix(
        bytes: isWhole
          ? bytes.weightMemory(at: offset)
          : copiedBytes(at: offset, segments, columnCount: columns.count),
        inputCount: columns.count, scales: ordered, precision: precision)
    case .float32(let offset):
      return WeightMatrix(
        floats: bytes.weightMemory(at: offset), outputCount: rowCount,
        inputCount: columns.count, stride: columnCount, segments: segments,
        precision: precision)
    case .values(let values):
      let tensor = Tensor(shape: shape, values: values)
      return WeightMatrix(
        floats: unsafe WeightMemory(UnsafeRawPointer(tensor.pointer), owner: tensor),
        outputCount: rowCount, inputCount: columns.count, stride: columnCount,
        segments: segments, precision: precision)
    }
  }

  /// A copy of the bytes, row after row: rows that stand apart are slow to read again and again.
  private func copiedBytes(
    at offset: Int, _ segments: [WeightMatrix.Segment], columnCount copiedCount: Int
  ) -> WeightMemory {
    // The file's pages are let go of in stretches of so many rows, so that memory is not needed twice.
    let stretch = max(1, (1 << 19) / columnCount)
    return unsafe WeightMemory(byteCount: rowCount * copiedCount) { target in
      for segment in segments {
        for (index, row) in segment.outputs.enumerated() {
          let start = offset + segment.offset + index * columnCount
          unsafe bytes.copyBytes(
            at: start, count: copiedCount, to: target + row * copiedCount)
          if (index + 1) % stretch == 0 { bytes.release(start - stretch * columnCount..<start) }
        }
      }
      bytes.release(offset..<offset + count)
    }
  }
}
