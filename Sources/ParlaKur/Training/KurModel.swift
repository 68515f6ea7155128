import Foundation
package import ParlaNeuralNetwork

/// A Kurfile's model with its weights, as trainings, tests and evaluations use it.
package struct KurModel: Sendable {
  /// The layers, and what Kur calls their parts.
  package let network: KurNetwork

  /// The weights, and the layers' buffers.
  package var weights: EngineSnapshot

  /// The model of `kurfile` for data as `provider` has them, its weights random.
  ///
  /// - Throws: `KurError`.
  package init(
    _ kurfile: Kurfile, _ conventions: KurConventions, _ provider: BatchProvider?,
    _ services: KurServices
  ) throws {
    var shapes: [String: [Int?]] = [:]
    if let provider {
      for name in provider.sourceNames { shapes[name] = try provider.shape(of: name) }
    }
    network = try KurNetwork(kurfile, conventions, inputShapes: shapes)
    for note in network.notes { services.note(note) }
    weights = EngineSnapshot(
      parameters: network.initialParameters(
        seed: services.randomSeed),
      buffers: network.initialBuffers)
  }

  /// The names of what comes out.
  package var outputNames: [String] { network.outputs.map(\.name) }

  /// Whether each of the graph's parameters stays as it is.
  package var isFrozen: [Bool] {
    network.graph.parameters.map { network.frozenParameters.contains($0.name) }
  }

  /// Takes the weights of `source`, layer by layer.
  ///
  /// - Throws: `KurError`.
  package mutating func load(_ source: WeightSource, _ services: KurServices) throws(KurError) {
    let report = try source.read(
      into: &weights.parameters, &weights.buffers, of: network)
    if !report.missing.isEmpty {
      services.note(
        "\(source.path): no weights of \(report.missing.joined(separator: ", ")), which keep what they had."
      )
    }
  }

  /// Writes the weights to the folder at `path`.
  ///
  /// - Throws: `KurError.file`.
  package func save(_ path: String) throws(KurError) {
    try network.write(weights.parameters, weights.buffers, to: path)
  }

  /// How many frames of output `index` come of `length` frames of an input; none of too few.
  package func outputLength(_ length: Int, output index: Int) -> Int {
    max(0, network.graph.outputLength(length, output: index))
  }

  /// The input for `batch`.
  ///
  /// If a Kurfile names a backend, padding is used as if it were real, as there; otherwise the lengths of a source are
  /// those in the source of the same name with `_length`.
  ///
  /// - Throws: `KurError.data` for a source that is not there, or that does not fit.
  package func inputs(_ batch: KurBatch) throws(KurError) -> [Sequences] {
    var inputs: [Sequences] = []
    for port in network.inputs {
      let name = port.name
      guard let column = batch[name] else {
        let suggestion = nearest(name, Array(batch.keys)).map { "; did you mean \($0)?" } ?? ""
        throw .data(
          path: "model",
          problem: "found no source for the input \(name)\(suggestion), expected one of "
            + batch.keys.sorted().joined(separator: ", "))
      }
      guard let array = column.array, array.shape.count == port.shape.count + 1,
        zip(array.shape.dropFirst(), port.shape).allSatisfy({ $1 == nil || $0 == $1 })
      else {
        throw .data(
          path: "model",
          problem:
            "found entries of \(column.array.map { "\($0.shape)" } ?? "different lengths") in the "
            + "source \(name), expected [batch, "
            + port.shape.map { $0.map(String.init) ?? "frames" }.joined(separator: ", ") + "]")
      }
      var sequences = array.sequences(port.isSequence)
      if network.conventions.backend == .parla, port.isSequence,
        let lengths = batch[name + "_length"]?.array, lengths.values.count == array.count
      {
        sequences.lengths = lengths.values.map { min(Int($0), sequences.frameCount) }
      }
      inputs.append(sequences)
    }
    return inputs
  }

  /// What came out as arrays [batch, ...], by name.
  package func arrays(_ outputs: [Sequences]) -> [String: KurArray] {
    Dictionary(
      zip(network.outputs, outputs).map { port, sequences in
        (port.name, KurArray(sequences, isSequence: port.isSequence, axes: port.axes))
      }, uniquingKeysWith: { first, _ in first })
  }
}

extension KurArray {
  /// [batch, frames, ...] as sequences of frames; [batch, ...] as one frame of each.
  package func sequences(_ isSequence: Bool) -> Sequences {
    let frameCount = isSequence ? shape[1] : 1
    let featureCount = shape.dropFirst(isSequence ? 2 : 1).reduce(1, *)
    var numbers = [Float](repeating: 0, count: values.count)
    for entry in 0..<count {
      for frame in 0..<frameCount {
        let source = (entry * frameCount + frame) * featureCount
        let target = (frame * count + entry) * featureCount
        for feature in 0..<featureCount {
          numbers[target + feature] = Float(values[source + feature])
        }
      }
    }
    return Sequences(full: Tensor(shape: [frameCount, count, featureCount], values: numbers))
  }

  /// Sequences as [batch, frames, axes]; as [batch, axes] where each is one frame.
  package init(_ sequences: Sequences, isSequence: Bool, axes: [Int]) {
    let (frameCount, count, featureCount) = (
      sequences.frameCount, sequences.count, sequences.featureCount
    )
    let source = sequences.values.values
    var values = [Double](repeating: 0, count: source.count)
    for frame in 0..<frameCount {
      for entry in 0..<count {
        for feature in 0..<featureCount {
          values[(entry * frameCount + frame) * featureCount + feature] = Double(
            source[(frame * count + entry) * featureCount + feature])
        }
      }
    }
    self.init(shape: [count] + (isSequence ? [frameCount] : []) + axes, values: values)
  }
}
