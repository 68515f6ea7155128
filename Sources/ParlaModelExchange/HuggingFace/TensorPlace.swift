import ParlaAcousticModel
import ParlaNeuralNetwork

/// Where a parameter's numbers stand in another toolkit's tensors.
struct TensorPlace: Sendable {
  /// How the numbers are arranged there.
  enum Form: Sendable, Equatable {
    /// As in Parla, but that axes of length 1 may stand anywhere.
    case same
    /// [outputs, channels, steps], where Parla's weights of convolutions are [outputs, steps × channels].
    case convolution(steps: Int)
    /// Rows in another order: row i of Parla's is row `order[i]` there.
    case rows([Int])
  }

  /// The tensors, whose rows follow one another.
  var names: [String]
  var form = Form.same

  /// The tensor's shape, where it has axes of length 1 that the parameter has not.
  var shape: [Int]?

  /// Whether a file may lack the tensor, so that the parameter starts as the layer says.
  var isOptional = false

  /// The numbers of one tensor.
  init(_ name: String, _ form: Form = .same, shape: [Int]? = nil, isOptional: Bool = false) {
    (names, self.form, self.shape, self.isOptional) = ([name], form, shape, isOptional)
  }

  /// Those of several.
  init(stacking names: [String]) { self.names = names }
}

extension TensorPlace {
  /// The parameter's numbers.
  ///
  /// - Throws: `ModelError.missingTensor`, `.otherTensor`.
  func tensor(
    _ parameter: ParameterSpecification, in tensors: FolderTensors
  ) throws(ModelError) -> Tensor {
    if isOptional, names.allSatisfy({ tensors[$0] == nil }) {
      return Parameters(initializing: [parameter], seed: 0).tensors[0]
    }
    let found = try found(parameter, in: tensors)
    var result = Tensor(unwritten: parameter.shape)
    let target = unsafe result.mutablePointer
    switch form {
    case .same:
      var start = 0
      for tensor in found {
        unsafe tensor.copyRows(0..<tensor.rowCount, to: target + start)
        start += tensor.count
      }
    case .rows(let order):
      let width = parameter.shape.dropFirst().reduce(1, *)
      let values = found[0].values()
      for (row, source) in order.enumerated() {
        for column in 0..<width {
          unsafe target[row * width + column] = values[source * width + column]
        }
      }
    case .convolution(let steps):
      let width = parameter.shape[1]
      let channels = width / steps
      unsafe found[0].forEachBlock(rowCount: channels) { rows, source in
        let output = rows.lowerBound / channels
        for channel in 0..<channels {
          for step in 0..<steps {
            unsafe target[output * width + step * channels + channel] =
              source[channel * steps + step]
          }
        }
      }
    }
    return result
  }

  /// The parameter as recognition reads it; what can be used as it stands in the file stays there.
  ///
  /// - Throws: `ModelError.missingTensor`, `.otherTensor`.
  func weights(
    _ parameter: ParameterSpecification, in tensors: FolderTensors, precision: WeightPrecision
  ) throws(ModelError) -> WeightMatrix {
    let (outputs, inputs) = (parameter.shape[0], parameter.shape[1])
    guard form == .same, let mapped = try mapped(parameter, in: tensors) else {
      return WeightMatrix(try tensor(parameter, in: tensors), precision: precision)
    }
    let matrix = WeightMatrix(
      floats: mapped.bytes.weightMemory(at: mapped.start), outputCount: outputs,
      inputCount: inputs, stride: inputs, segments: mapped.segments, precision: precision)
    if precision != .float32 {
      for segment in mapped.segments {
        let first = mapped.start + 4 * segment.offset
        mapped.bytes.release(first..<first + 4 * segment.outputs.count * inputs)
      }
    }
    return matrix
  }

  /// Where floats of one file lie as recognition reads them; nil where they must be copied.
  private func mapped(
    _ parameter: ParameterSpecification, in tensors: FolderTensors
  ) throws(ModelError) -> (bytes: ModelBytes, start: Int, segments: [WeightMatrix.Segment])? {
    let found = try found(parameter, in: tensors)
    var offsets: [Int] = []
    for tensor in found {
      guard case .float32(let offset) = tensor.numbers, offset % 4 == 0,
        tensor.bytes.path == found[0].bytes.path
      else { return nil }
      offsets.append(offset)
    }
    guard let start = offsets.min() else { return nil }
    let rows = parameter.shape[0] / found.count
    return (
      found[0].bytes, start,
      offsets.enumerated().map { index, offset in
        WeightMatrix.Segment(
          outputs: index * rows..<(index + 1) * rows, offset: (offset - start) / 4)
      }
    )
  }

  /// The tensors, whose shapes are those that the parameter asks for.
  private func found(
    _ parameter: ParameterSpecification, in tensors: FolderTensors
  ) throws(ModelError) -> [ForeignTensor] {
    let expected = expectedShape(parameter.shape)
    var result: [ForeignTensor] = []
    for name in names {
      let tensor = try tensors.required(name)
      guard tensor.shape.filter({ $0 != 1 }) == expected.filter({ $0 != 1 }) else {
        throw .otherTensor(
          path: tensor.bytes.path, tensor: name, found: tensor.shape, expected: expected)
      }
      result.append(tensor)
    }
    return result
  }

  private func expectedShape(_ shape: [Int]) -> [Int] {
    switch form {
    case .same: [shape[0] / names.count] + shape.dropFirst()
    case .convolution(let steps): [shape[0], shape[1] / steps, steps]
    case .rows: shape
    }
  }
}
