package import ParlaFiles
package import ParlaNeuralNetwork

/// What a Kurfile's model makes of arrays that somebody brings.
package struct KurPrediction: Sendable {
  /// The outputs, by name: [batch, ...].
  package let outputs: NumPyArchive

  /// What should be known of the Kurfile and the weights, though it is no error.
  package let notes: [String]

  /// Runs the model of the Kurfile at `kurfile` with the weights at `weights`, a folder or an `.npz` file, on the arrays of the
  /// file at `input`, one for each of the model's inputs.
  ///
  /// - Throws: `KurError`.
  package init(
    kurfile path: String, weights weightPath: String, input inputPath: String,
    kerasVersion: KerasVersion = .usual, compute: Compute
  ) throws {
    var kurfile = try Kurfile(path: path)
    try kurfile.evaluate(KurEngine(path: kurfile.path))
    let arrays: NumPyArchive
    do { arrays = try NumPyArchive(path: inputPath) } catch { throw KurError.file(error) }
    for input in kurfile.containers.flatMap(\.all) where input.kind == "input" {
      _ = try arrays.array(for: input.name, path: inputPath)
    }
    let shapes = arrays.arrays.map { ($0.name, $0.array.shape.dropFirst().map(Optional.init)) }
    let network = try KurNetwork(
      kurfile, KurConventions(kurfile, kerasVersion: kerasVersion),
      inputShapes: Dictionary(shapes, uniquingKeysWith: { first, _ in first }))
    var (parameters, buffers) = (network.initialParameters(seed: 0), network.initialBuffers)
    var notes = kurfile.notes + network.notes
    if !network.weights.isEmpty {
      let report = try WeightSource(path: weightPath).read(into: &parameters, &buffers, of: network)
      if !report.missing.isEmpty {
        notes.append(
          "\(weightPath): no weights of \(report.missing.joined(separator: ", ")), which stay random."
        )
      }
    }
    self.notes = notes
    outputs = try network.predict(
      arrays, path: inputPath, parameters, buffers, compute: compute)
  }
}
