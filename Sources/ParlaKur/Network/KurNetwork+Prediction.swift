package import ParlaFiles
package import ParlaNeuralNetwork

extension KurNetwork {
  /// Weights as training starts with them; the same `seed` gives the same.
  package func initialParameters(seed: UInt64) -> Parameters {
    Parameters(initializing: graph.parameters, seed: seed)
  }

  /// The layers' buffers, before anything was read.
  package var initialBuffers: Parameters { Parameters(initializing: graph.buffers, seed: 0) }

  /// What the model makes of arrays [batch, ...], one for each input, by their names.
  ///
  /// - Throws: `KurError.badFile` for an array that is missing or has another shape; `path` names where they come from.
  package func predict(
    _ arrays: NumPyArchive, path: String, _ parameters: Parameters, _ buffers: Parameters,
    compute: Compute
  ) throws(KurError) -> NumPyArchive {
    var sequences: [Sequences] = []
    for port in inputs {
      let array = try arrays.array(for: port.name, path: path)
      let expected = port.shape
      let isFitting =
        array.shape.count == expected.count + 1
        && zip(array.shape.dropFirst(), expected).allSatisfy { $1 == nil || $0 == $1 }
      guard isFitting, array.values.count > 0 else {
        throw .badFile(
          path: "\(path): \(port.name)", found: "the shape \(array.shape)",
          expected: "[batch, "
            + expected.map { $0.map(String.init) ?? "frames" }.joined(separator: ", ") + "]")
      }
      sequences.append(Sequences(array, isSequence: port.isSequence))
    }
    let counts = Set(sequences.map(\.count))
    guard counts.count == 1 else {
      throw .badFile(
        path: path, found: "batches of \(counts.sorted())", expected: "one size for all inputs")
    }
    let results = graph(
      sequences, GraphWeights(graph, parameters, buffers: buffers), Pass(compute: compute))
    return NumPyArchive(
      zip(outputs, results).map { port, result in
        NumPyArchive.Member(
          name: port.name, array: NumPyArray(result, isSequence: port.isSequence, axes: port.axes))
      })
  }
}

extension NumPyArchive {
  /// The array for the model's input `name`.
  ///
  /// - Throws: `KurError.badFile` where there is none; `path` names where the arrays come from.
  func array(for name: String, path: String) throws(KurError) -> NumPyArray {
    if let array = self[name] { return array }
    let names = arrays.map(\.name)
    let suggestion = nearest(name, names).map { "; did you mean to call \($0) so?" } ?? ""
    throw .badFile(
      path: path, found: "arrays \(names.joined(separator: ", "))\(suggestion)",
      expected: "one named \(name), as the model's input")
  }
}

extension Sequences {
  /// Sequences of an array [batch, frames, ...], or [batch, ...] where each is one frame.
  fileprivate init(_ array: NumPyArray, isSequence: Bool) {
    let batch = array.shape[0]
    let frames = isSequence ? array.shape[1] : 1
    let width = array.values.count / max(batch * frames, 1)
    var values: [Float] = []
    values.reserveCapacity(array.values.count)
    for frame in 0..<frames {
      for number in 0..<batch {
        let start = (number * frames + frame) * width
        values += array.values[start..<start + width]
      }
    }
    self.init(full: Tensor(shape: [frames, batch, width], values: values))
  }
}

extension NumPyArray {
  /// The array of sequences: [batch, frames, axes], or [batch, axes] where each is one frame.
  fileprivate init(_ sequences: Sequences, isSequence: Bool, axes: [Int]) {
    let (frames, batch, width) = (
      sequences.frameCount, sequences.count, sequences.featureCount
    )
    let source = sequences.values.values
    var values: [Float] = []
    values.reserveCapacity(source.count)
    for number in 0..<batch {
      for frame in 0..<frames {
        let start = (frame * batch + number) * width
        values += source[start..<start + width]
      }
    }
    self.init(shape: [batch] + (isSequence ? [frames] : []) + axes, values: values)
  }
}
