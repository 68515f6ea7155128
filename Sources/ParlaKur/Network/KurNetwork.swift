package import ParlaNeuralNetwork

/// The model of a Kurfile as a graph of layers, with what Kur calls its parts.
package struct KurNetwork: Sendable {
  /// The layers.
  package let graph: Graph

  /// What goes in, in the order of the graph's inputs.
  package let inputs: [Port]

  /// What comes out, in the order of the graph's outputs.
  package let outputs: [Port]

  /// What Kur keeps in files of their own.
  package let weights: [KurWeight]

  /// The names of parameters that `freeze` keeps as they are.
  package let frozenParameters: Set<String>

  /// Whose arithmetic it follows.
  package let conventions: KurConventions

  /// The names of the layers that have weights, as Kur's build lists them.
  package let layers: [KurLayer]

  /// What the writer of the Kurfile should know, though it is no error.
  package let notes: [String]

  /// An input or output, as Kur's arrays have it: [batch, frames, axes] where it is a sequence, else [batch, axes].
  package struct Port: Sendable, Equatable {
    package let name: String
    /// Whether its first axis is time.
    package let isSequence: Bool
    /// How many frames it has; nil where sequences differ.
    package let frameCount: Int?
    /// The axes of a frame, or of the whole where it is no sequence.
    package let axes: [Int]

    /// The lengths of the axes behind the batch's; nil where they differ.
    package var shape: [Int?] { (isSequence ? [frameCount] : []) + axes.map { $0 } }
  }

  /// The model of `kurfile`, which is evaluated.
  ///
  /// `inputShapes` are the axes behind the batch's of inputs whose shape the Kurfile leaves to the data; nil in them for lengths that
  /// differ.
  ///
  /// - Throws: `KurError.section`.
  package init(
    _ kurfile: Kurfile, _ conventions: KurConventions, inputShapes: [String: [Int?]] = [:]
  ) throws(KurError) {
    var builder = NetworkBuilder(
      path: kurfile.path, conventions: conventions, inputShapes: inputShapes)
    do {
      try builder.add(kurfile.containers)
      self = try builder.network()
    } catch { throw error.located }
  }

  init(
    graph: Graph, inputs: [Port], outputs: [Port], weights: [KurWeight],
    frozenParameters: Set<String>, conventions: KurConventions, layers: [KurLayer], notes: [String]
  ) {
    self.graph = graph
    self.inputs = inputs
    self.outputs = outputs
    self.weights = weights
    self.frozenParameters = frozenParameters
    self.conventions = conventions
    self.layers = layers
    self.notes = notes
  }
}

/// A layer as Kur lists it.
package struct KurLayer: Sendable, Equatable {
  package let name: String
  package let kind: String
  package let inputs: [String]
  /// The lengths of the axes behind the batch's; nil where they differ.
  package let shape: [Int?]
  /// The graph's node, or its input, that computes it.
  package let node: String
}
