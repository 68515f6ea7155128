package import ParlaNeuralNetwork
package import ParlaTranscripts

/// Models straight from their files: what can be used as it stands is mapped, not copied, and shared with other processes.
extension InferenceModel {
  /// Opens a model of any format, recognised by its content.
  ///
  /// Weights in bytes stay in the file (`.tflite`, and `.safetensors` of `parla export --quantize`) with the precision int8,
  /// floats in `.tflite` and `.safetensors` with float32. All others are converted.
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
        network: file.tensors.inferenceNetwork(description, precision))
    default:
      let imported = try ImportedModel(path: path, alphabet: alphabet)
      self.init(imported.model, precision: precision, metadata: imported.metadata)
    }
  }
}

extension DeepSpeechTensors {
  /// The network of `description` with these tensors, which stand [outputs, inputs].
  fileprivate func inferenceNetwork(
    _ description: ModelDescription, _ precision: WeightPrecision
  ) -> InferenceNetwork {
    precondition(layout == .outputsFirst, "weights [outputs, inputs]")
    var dense = self.dense[...]
    var stages: [InferenceNetwork.Stage] = []
    for layer in description.layers {
      if case .dense = layer, let next = dense.popFirst() {
        stages.append(
          .dense(
            weights: next.weight.weights(next.weight.wholeRows, precision: precision),
            bias: Tensor(shape: [next.bias.count], values: next.bias.values())))
      } else if case .activation(_, .clippedReLU, let ceiling) = layer {
        stages.append(.clippedReLU(ceiling: ceiling))
      } else if case .recurrent(_, .lstm, let units) = layer {
        stages.append(recurrentStage(units: units, precision))
      }
    }
    return InferenceNetwork(stages)
  }

  private func recurrentStage(
    units: Int, _ precision: WeightPrecision
  ) -> InferenceNetwork.Stage {
    let inputs = recurrent.weight.columnCount - units
    let gates = (0..<4).map { gate in
      (
        outputs: gate * units..<(gate + 1) * units,
        firstRow: GateOrder.tensorFlow(gate * units, units: units)
      )
    }
    return .lstm(
      inputWeights: recurrent.weight.weights(
        gates, columns: 0..<inputs, precision: precision),
      recurrentWeights: recurrent.weight.weights(
        gates, columns: inputs..<inputs + units, precision: precision),
      bias: recurrentBias)
  }
}

extension ForeignTensor {
  /// All rows in their order.
  fileprivate var wholeRows: [(outputs: Range<Int>, firstRow: Int)] { [(0..<rowCount, 0)] }

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
      return WeightMatrix(
        bytes: bytes.weightMemory(at: offset), inputCount: columns.count, stride: columnCount,
        segments: segments, scales: ordered, precision: precision)
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
}
